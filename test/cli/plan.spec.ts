import * as assert from "node:assert/strict";
import { chooseClusters, pendingSentences } from "../../cli/plan";
import { httpbin } from "./samples";

const mesh = { project: "p", ca: "ca", clusters: ["a", "b", "c"] };
const active = {
    host: httpbin.host,
    from: ["b"],
    ports: httpbin.ports,
    virtualAddress: httpbin.virtualAddress,
};
const pending = { host: httpbin.host, from: "b", reason: "b is not up yet" };

describe("chooseClusters", () => {
    it("takes all clusters unless some are named", () => {
        assert.deepEqual(chooseClusters(mesh, undefined), ["a", "b", "c"]);
    });

    it("keeps the mesh's order", () => {
        assert.deepEqual(chooseClusters(mesh, ["c", "a"]), ["a", "c"]);
    });

    it("names the clusters that do not exist and those that do", () => {
        assert.throws(() => chooseClusters(mesh, ["a", "x", "y"]), {
            name: "Problem",
            message: `No cluster of this mesh is called "x" or "y". Certificate stack "ca" lists: a, b, c.`,
        });
    });
});

describe("pendingSentences", () => {
    it("says what waits for what, and why", () => {
        assert.deepEqual(pendingSentences("a", [pending]), [
            "a waits for httpbin.bar.global from b: b is not up yet",
        ]);
    });

    it("says so when it was there before", () => {
        assert.deepEqual(pendingSentences("a", [pending], [active]), [
            "a waits for httpbin.bar.global from b, which it had until now: b is not up yet",
        ]);
    });

    it("says one sentence for many that wait for the same, and one for each other", () => {
        const many = Array.from({ length: 6 }, (_, index) => ({ ...pending, host: `s${index}.bar.global` }));
        const others = [
            { ...pending, from: "c", reason: "c's up failed" },
            { ...pending, host: "x.bar.global", owner: "team-x" },
        ];
        assert.deepEqual(pendingSentences("a", [...many, ...others], [active]), [
            "a waits for 6 services, such as s0.bar.global, s1.bar.global, s2.bar.global, from b: b is not up yet",
            "a waits for httpbin.bar.global from c, which it had until now: c's up failed",
            "a waits for x.bar.global from b (owner team-x): b is not up yet",
        ]);
    });
});
