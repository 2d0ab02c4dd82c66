import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { listCommand, listFile, listText, type Row, rows } from "../refusals/list";

/** A spec's source with its texts in one piece: continued literals joined, escapes undone, line breaks as spaces. */
function sourceOf(spec: string): string {
    return readFileSync(spec, "utf8")
        .replace(/["'`] \+\s+["'`]/g, "")
        .replace(/\\(["'`])/g, "$1")
        .replaceAll("\\n", " ");
}

/** Whether a text has a message; `…` in it stands for anything on one line. */
function holds(text: string, message: string): boolean {
    const parts = message.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(parts.join(".*")).test(text);
}

describe("docs/bad-input-list.md", () => {
    it("is what the data of the tests make", () => {
        assert.ok(
            readFileSync(listFile, "utf8") === listText(),
            `docs/bad-input-list.md is stale; run ${listCommand}, and commit what it writes`,
        );
    });

    it("names a bad input once in a section", () => {
        const names = rows.map(({ section, cause }) => `${section}: ${cause}`);
        assert.deepEqual(
            names.filter((name, index) => names.indexOf(name) !== index),
            [],
        );
    });

    it("names only tests that are there, beside messages that they hold", () => {
        // The others are compared with what is really said, when their specs run through the same data.
        const named = rows.filter(({ compared }) => !compared);
        assert.ok(named.length > 60);
        const sources = new Map(
            [...new Set(named.map(({ spec }) => spec))].map((spec) => [spec, sourceOf(spec)]),
        );
        const isThere = ({ spec, title, message }: Row): boolean => {
            const source = sources.get(spec) ?? "";
            return source.includes(title) && holds(source, message);
        };
        assert.deepEqual(
            named.filter((row) => !isThere(row)),
            [],
        );
    });
});
