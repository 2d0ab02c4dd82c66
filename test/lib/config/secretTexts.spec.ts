import assert from "node:assert/strict";
import { secretTexts, textsIn } from "../../../lib/config/secretTexts";

describe("what settings hold encrypted", () => {
    it("is found wherever it stands, and nothing else is", () => {
        const declared = {
            values: { a: { secure: "v1:x" }, list: ["plain", { secure: "v1:y" }], secure: "beside others" },
            plain: "text",
        };
        const known = {
            values: { a: "one", list: ["plain", "two"], secure: "beside others" },
            plain: "text",
        };
        assert.deepEqual(secretTexts(declared, known), ["one", "two"]);
        assert.deepEqual(secretTexts({ secure: "v1:x" }, { a: "one", b: [1, ""] }), ["one", "1"]);
    });

    it("is nothing where the settings as they are known have no such place", () => {
        assert.deepEqual(secretTexts({ a: { b: { secure: "v1:x" } } }, undefined), []);
        assert.deepEqual(textsIn({ a: ["x", { b: "y" }] }), ["x", "y"]);
    });
});
