import assert from "node:assert/strict";
import { canSearch, startOf } from "../../../cli/engine/processes";
import { isRunAlive, isSameRun, markValue, ownMark, parseMark } from "../../../cli/engine/runMark";

describe("the mark of a run", () => {
    const mark = { pid: 41, start: "123", folder: "/a:b/with blanks" };

    it("is read as it was written", () => {
        assert.equal(markValue(mark, 2), "41:123:2:/a:b/with blanks");
        assert.deepEqual(parseMark(markValue(mark, 2)), { mark, engine: 2 });
        for (const other of ["", "41", "41:123:2:", "x:1:2:/a"]) assert.equal(parseMark(other), undefined);
    });

    it("is another one for another process, another start and another folder", () => {
        assert.ok(isSameRun(mark, { ...mark }));
        for (const other of [{ pid: 42 }, { start: "124" }, { folder: "/a" }])
            assert.ok(!isSameRun(mark, { ...mark, ...other }));
    });

    it("belongs to a living run only while the very process lives that it names", () => {
        assert.ok(isRunAlive(ownMark("/a")));
        if (canSearch()) assert.ok(!isRunAlive({ ...ownMark("/a"), start: "1" }));
        assert.equal(startOf(2 ** 22 + 1), undefined);
        assert.ok(!isRunAlive({ pid: 2 ** 22 + 1, start: "1", folder: "/a" }));
    });
});
