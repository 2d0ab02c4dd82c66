import * as assert from "node:assert/strict";
import { chooseClusters, peersOf, pendingSentences, reasonsForAnotherPass } from "../../cli/plan";
import { clusterOutputs, httpbin } from "./samples";

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

describe("reasonsForAnotherPass", () => {
    const exporter = clusterOutputs("b", { exports: [httpbin] });

    it("is silent when nothing is imported", () => {
        assert.deepEqual(reasonsForAnotherPass(clusterOutputs("a"), new Map()), []);
    });

    it("wants another pass for a pending import that its peer now exports", () => {
        const importer = clusterOutputs("a", { pendingImports: [pending] });
        assert.deepEqual(reasonsForAnotherPass(importer, new Map([["b", { after: exporter }]])), [
            "httpbin.bar.global is now exported by b",
        ]);
    });

    it("does not, when the peer failed, exports something else, or has no gateway address yet", () => {
        const importer = clusterOutputs("a", { pendingImports: [pending] });
        const withoutAddress = clusterOutputs("b", {
            exports: [httpbin],
            gateway: { kind: "LoadBalancer", addresses: [], port: 15443 },
        });
        for (const after of [undefined, clusterOutputs("b"), withoutAddress])
            assert.deepEqual(reasonsForAnotherPass(importer, new Map([["b", { after }]])), []);
    });

    it("wants another pass when a peer's gateway moved while the importer was reading it", () => {
        const importer = clusterOutputs("a", { imports: [active] });
        const moved = { ...exporter, gateway: { ...exporter.gateway, port: 32000 } };
        assert.deepEqual(
            reasonsForAnotherPass(importer, new Map([["b", { before: exporter, after: moved }]])),
            ["b changed how httpbin.bar.global is reached"],
        );
        assert.deepEqual(
            reasonsForAnotherPass(importer, new Map([["b", { before: exporter, after: exporter }]])),
            [],
        );
    });

    it("ignores a change to an export that is not imported", () => {
        const importer = clusterOutputs("a", { imports: [active] });
        const after = { ...exporter, exports: [httpbin, { ...httpbin, host: "other.bar.global" }] };
        assert.deepEqual(reasonsForAnotherPass(importer, new Map([["b", { before: exporter, after }]])), []);
    });
});

describe("peersOf", () => {
    it("names each peer once, whether its imports are in place or pending", () => {
        const other = { ...pending, host: "x.y.global", from: "c" };
        const importer = clusterOutputs("a", { imports: [active, active], pendingImports: [other, pending] });
        assert.deepEqual(peersOf(importer), ["b", "c"]);
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
});
