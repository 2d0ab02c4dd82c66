import * as assert from "node:assert/strict";
import { duration, secondsLeft } from "../../lab/build/progress";

describe("progress of a build", () => {
    it("expects what the steps say until a minute's worth of them is done", () => {
        assert.equal(secondsLeft([30, 100, 50], 0, 10, 0), 170);
        assert.equal(secondsLeft([30, 100, 50], 1, 0, 300), 150);
    });

    it("then expects the rest at the pace of the steps that are done", () => {
        assert.equal(secondsLeft([100, 100, 50], 1, 0, 200), 300);
        assert.equal(secondsLeft([100, 100, 50], 1, 0, 50), 75);
    });

    it("never expects less than nothing of a step that takes longer", () => {
        assert.equal(secondsLeft([30, 50], 0, 500, 0), 50);
    });

    it("writes durations for people", () => {
        assert.deepEqual([0, 45.4, 60, 605].map(duration), ["0s", "45s", "1m 00s", "10m 05s"]);
    });
});
