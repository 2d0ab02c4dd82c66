import assert from "node:assert/strict";
import type { Cause } from "../../../lib/cluster/causes";
import { Sightings } from "../../../lib/cluster/sightings";

const quota = (more: Partial<Cause> = {}): Cause => ({
    kind: "quota",
    text: "exceeded quota",
    patienceSeconds: 25,
    ...more,
});

describe("causes seen over time", () => {
    it("are hopeless once they have been seen for as long as they may", () => {
        const seen = new Sightings();
        assert.equal(seen.note("a", quota(), 100), true);
        assert.equal(seen.isHopeless("a", 124), false);
        assert.equal(seen.note("a", quota({ text: "exceeded quota still" }), 124), false);
        assert.equal(seen.of("a")?.text, "exceeded quota still");
        assert.equal(seen.isHopeless("a", 125), true);
        assert.equal(seen.isHopeless("b", 125), false);
    });

    it("begin anew after a moment without them, and after another cause", () => {
        const seen = new Sightings();
        seen.note("a", quota(), 100);
        seen.note("a", undefined, 110);
        seen.note("a", quota(), 120);
        assert.equal(seen.isHopeless("a", 130), false);
        seen.note("a", { kind: "other", text: "starting" }, 135);
        assert.equal(seen.isHopeless("a", 1000), false);
    });

    it("begin anew while the run moves, where it may still make what is missing", () => {
        const missing = (tries: number): Cause => quota({ kind: "config", text: "not found", tries });
        const seen = new Sightings();
        seen.note("a", missing(3), 100, 90);
        seen.note("a", missing(5), 130, 128);
        assert.equal(seen.isHopeless("a", 130), false);
        // The kubelet has not looked again since, at growing distances.
        seen.note("a", missing(5), 160, 128);
        assert.equal(seen.isHopeless("a", 160), false);
        seen.note("a", missing(6), 165, 128);
        assert.equal(seen.isHopeless("a", 165), true);
        // What the run does has no part in a quota.
        seen.note("b", quota(), 100, 90);
        seen.note("b", quota(), 130, 128);
        assert.equal(seen.isHopeless("b", 130), true);
    });

    it("are not hopeless by what the cluster has said before this run alone", () => {
        const seen = new Sightings();
        seen.note("a", quota({ tries: 9 }), 100);
        seen.note("a", quota({ tries: 9 }), 200);
        assert.equal(seen.isHopeless("a", 200), false);
        seen.note("a", quota({ tries: 10 }), 205);
        assert.equal(seen.isHopeless("a", 205), true);
    });
});
