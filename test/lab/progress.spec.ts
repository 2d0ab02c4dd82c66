import * as assert from "node:assert/strict";
import { duration, secondsLeft } from "../../lab/build/progress";

describe("progress of a build", () => {
    const done = (expected: number) => ({ expected, isDone: true });
    const running = (expected: number, ranFor: number) => ({ expected, ranFor, isDone: false });
    const waiting = (expected: number) => ({ expected, isDone: false });

    it("expects what the steps say until a minute's worth of them is done", () => {
        assert.equal(secondsLeft([running(30, 10), waiting(100), waiting(50)], 10), 170);
        assert.equal(secondsLeft([done(30), running(100, 0), waiting(50)], 300), 150);
    });

    it("then expects the rest at the pace of the steps that are done", () => {
        assert.equal(secondsLeft([done(100), running(100, 0), waiting(50)], 200), 300);
        assert.equal(secondsLeft([done(100), running(100, 0), waiting(50)], 50), 75);
    });

    it("counts what steps side by side have done already, each half as fast", () => {
        assert.equal(secondsLeft([done(100), running(100, 50), running(50, 50), waiting(50)], 150), 150);
    });

    it("never expects less than nothing of a step that takes longer", () => {
        assert.equal(secondsLeft([running(30, 500), waiting(50)], 500), 50);
    });

    it("writes durations for people", () => {
        assert.deepEqual([0, 45.4, 60, 605].map(duration), ["0s", "45s", "1m 00s", "10m 05s"]);
    });
});
