import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const docs = resolve(__dirname, "../../docs");

describe("docs/features.md", () => {
    it("names tests that are there for everything that this project is said to do", () => {
        const text = readFileSync(resolve(docs, "features.md"), "utf8");
        const [, here = ""] = /## This project([\s\S]*)## Others/.exec(text) ?? [];
        const lines = here.split("\n").filter((line) => line.startsWith("|"));
        const missing = lines.slice(2).filter((line) => {
            const tests = [...line.matchAll(/\]\((\.\.\/test\/[^)]+)\): `([^`]+)`/g)];
            return !(
                tests.length > 0 &&
                tests.every(([, file = "", title = ""]) =>
                    readFileSync(resolve(docs, file), "utf8").includes(`"${title}"`),
                )
            );
        });
        assert.ok(lines.length > 15);
        assert.deepEqual(missing, []);
    });
});
