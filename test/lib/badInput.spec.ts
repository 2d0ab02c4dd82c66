import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const docs = resolve(__dirname, "../../docs");

interface Row {
    readonly message: string;
    readonly file: string;
    readonly title: string;
}

/** The rows of the tables of docs/bad-input.md. */
function rows(): readonly Row[] {
    return readFileSync(resolve(docs, "bad-input.md"), "utf8")
        .split("\n")
        .filter((line) => line.includes(".spec.ts): "))
        .map((line) => {
            const [, , message = "", test = ""] = line.split("|").map((cell) => cell.trim());
            const [, file = "", title = ""] = /^\[\w+\]\((.*)\): (.*)$/.exec(test) ?? [];
            return { message: codeOf(message), file, title: codeOf(title) };
        });
}

/** The text between the backticks of a code span. */
function codeOf(span: string): string {
    const [, , text] = /^(`+) ?(.*?) ?\1$/.exec(span) ?? [];
    assert.ok(text !== undefined, `${span} is no code span`);
    return text;
}

/** A spec's source with its texts in one piece: continued literals joined, escapes undone, line breaks as spaces. */
function textOf(file: string): string {
    return readFileSync(resolve(docs, file), "utf8")
        .replace(/["'`] \+\s+["'`]/g, "")
        .replace(/\\(["'`])/g, "$1")
        .replaceAll("\\n", " ");
}

/** Whether a text has a message; `…` in it stands for anything on one line. */
function holds(text: string, message: string): boolean {
    const parts = message.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(parts.join(".*")).test(text);
}

describe("docs/bad-input.md", () => {
    it("names only tests that are there, beside messages that they hold", () => {
        const all = rows();
        assert.ok(all.length > 80);
        // Those of a spec of refusals are compared with what is really said, row by row, when it runs.
        const named = all.filter(({ file }) => !file.endsWith("/refusals.spec.ts"));
        const wrong = named.filter(({ message, file, title }) => {
            const text = textOf(file);
            // A table of cases makes its titles out of a fixed beginning and the case's own words.
            const ending = title.replace(/^refuses (damaged markers: )?|^says how to look into /, "");
            return !(text.includes(title) || text.includes(`"${ending}"`)) || !holds(text, message);
        });
        assert.deepEqual(wrong, []);
    });
});
