import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { concealed, concealment } from "../../components/concealment";
import { record, secret } from "../support/mocks";

describe("what the settings hold encrypted", () => {
    const value = { plain: "a", whole: "hidden", inside: ["user:hidden@host", 1], of: { output: "hidden" } };

    it("is secret wherever it is handed on, and nothing else is", async () => {
        const { result } = await record(() => {
            const given = { ...value, of: { output: pulumi.output(value.of.output) } };
            return { all: concealed(given, ["hidden"]) };
        });
        assert.deepEqual(result["all"], {
            plain: "a",
            whole: secret("hidden"),
            inside: [secret("user:hidden@host"), 1],
            of: { output: secret("hidden") },
        });
    });

    it("leaves everything as it is where nothing is encrypted", () => {
        assert.equal(concealed(value, []), value);
    });

    it("leaves the options of a resource as they are", () => {
        const opts = {};
        const args = { type: "t", name: "n", custom: true, props: { inside: ["a hidden text"] }, opts };
        assert.equal(concealment(["hidden"])(args)?.opts, opts);
    });

    it("leaves a resource alone that holds none of it", () => {
        const args = { type: "t", name: "n", custom: true, props: { inside: ["a text", 1, null] }, opts: {} };
        assert.equal(concealment(["hidden"])(args), undefined);
    });
});
