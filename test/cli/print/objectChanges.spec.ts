import * as assert from "node:assert/strict";
import { propertiesText } from "../../../cli/print/objectChanges";

describe("a table's words on properties", () => {
    it("are up to four, a line each", () => {
        const paths = (...names: string[]) => propertiesText(names.map((path) => ({ path })));
        assert.equal(paths("a", "b", "c", "d", "e"), "a\nb\nc\nd\ne");
        assert.equal(paths("a", "b", "c", "d", "e", "f"), "a\nb\nc\nd\nand 2 more");
    });

    it("name the old and the new value", () => {
        const text = propertiesText([
            { path: "number", old: 80, new: 8080 },
            { path: "hosts", old: ["a"], new: ["a", "b"] },
            { path: "label", old: "x" },
        ]);
        assert.equal(text, 'number: 80 → 8080\nhosts: ["a"] → ["a","b"]\nlabel: x → none');
    });

    it("show of long values the place where they part, on one line", () => {
        const text = (end: string) => `${"x".repeat(200)}\nserver ${end}\n${"y".repeat(200)}`;
        assert.equal(
            propertiesText([{ path: "db", old: text("1"), new: text("2") }]),
            `db: …xxxx⏎server 1⏎${"y".repeat(34)}… → …xxxx⏎server 2⏎${"y".repeat(34)}…`,
        );
    });
});
