import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { listCommand, listFile, listText, type Row, rows } from "../refusals/list";

const docs = resolve(__dirname, "../../docs");

function textOf(page: string): string {
    return readFileSync(resolve(docs, page), "utf8");
}

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

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
    return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replace(/[^\w\- ]/g, "")
            .replaceAll(" ", "-"),
    );
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

describe("docs/bad-input.md", () => {
    const blocks = [...textOf("bad-input.md").matchAll(/^```text\n([^]*?)\n```$/gm)].map(
        ([, text = ""]) => text,
    );
    const [whole = "", ...ten] = blocks;
    const said = new Set(rows.map(({ message }) => message));

    it("shows messages that the list has", () => {
        assert.equal(ten.length, 10);
        const lines = whole.split("\n").slice(1);
        const shown = [
            ...lines.map((line) => line.replace("  - ", "")),
            ...ten.map((text) => text.replaceAll("\n", " ")),
        ];
        assert.deepEqual(
            shown.filter((message) => !said.has(message)),
            [],
        );
    });

    it("leads to every section of the list", () => {
        const shown = [...textOf("bad-input.md").matchAll(/\]\(bad-input-list\.md#([^)]*)\)/g)].map(
            ([, anchor = ""]) => anchor,
        );
        const list = anchorsOf("bad-input-list.md").filter((anchor) => anchor !== "every-bad-input");
        assert.ok(list.length > 10);
        assert.deepEqual(
            list.filter((link) => !shown.includes(link)),
            [],
        );
    });
});
