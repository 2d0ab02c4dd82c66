import assert from "node:assert/strict";
import { checkoutDir } from "../../lab/paths";
import { runCommand } from "../support/engine";

describe("an output that can't be written to", () => {
    it("is no success, and what it was to get is in the error output", async () => {
        const line = `cd '${checkoutDir}' && node load.js cli/main.ts envs --json >/dev/full`;
        const { code, text } = await runCommand("sh", ["-c", line]);
        assert.equal(code, 141, text);
        assert.match(text, /"certificateStacks"/);
    });
});
