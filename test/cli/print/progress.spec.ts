import assert from "node:assert/strict";
import { openBoard } from "../../../cli/print/progress";

describe("the progress in a log", () => {
    const log = console.log;
    let lines: string[];

    beforeEach(() => {
        lines = [];
        console.log = (line: string) => {
            lines.push(line.replace(/^\[ *\d+ s\] /, ""));
        };
    });
    afterEach(() => {
        console.log = log;
    });

    it("has a line of a stack now and then, and every one that says something new", () => {
        const board = openBoard(["a", "b"], false);
        board.update("a", "1 done");
        board.update("a", "2 done");
        board.update("b", "1 done");
        board.update("a", "2 done; updating x: no such image", true);
        board.update("a", "2 done; updating x: no such image");
        board.finish("a", "failed", "failed");
        console.log = log;
        assert.deepEqual(lines, [
            "a: 1 done",
            "b: 1 done",
            "a: 2 done; updating x: no such image",
            "a: failed",
        ]);
    });
});
