import assert from "node:assert/strict";
import { requirePolicies } from "../../../cli/engine/usablePulumi";

describe("a Pulumi that is asked about policies", () => {
    it("is refused where it can't start them, and says which can", () => {
        assert.throws(
            () => {
                requirePolicies({ version: { version: "3.254.9", compareMain: () => -1 } });
            },
            {
                message:
                    'The "pulumi" on PATH has version 3.254.9; for policies, which the key "policy" asks for, at least 3.255.0 is needed.',
            },
        );
        for (const order of [0, 1]) requirePolicies({ version: { version: "", compareMain: () => order } });
        requirePolicies({ version: null });
    });
});
