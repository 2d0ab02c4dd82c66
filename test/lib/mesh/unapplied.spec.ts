import assert from "node:assert/strict";
import type { Export } from "../../../lib/mesh/contract";
import { unappliedChanges } from "../../../lib/mesh/unapplied";

describe("what a peer's file changes and the peer has not applied", () => {
    const host = "httpbin.bar.global";
    const applied: Export = {
        host,
        name: "httpbin",
        namespace: "bar",
        ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
        virtualAddress: "240.0.0.2",
        subsets: ["v2", "v1"],
        identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
    };
    const changes = (...declared: readonly Export[]) => unappliedChanges("b", [host], [applied], declared);

    it("is nothing where both say the same", () => {
        assert.deepEqual(changes({ ...applied, subsets: ["v1", "v2"] }), []);
    });

    it("is said in a warning that names the file and what differs", () => {
        const ports = [{ name: "http1", number: 8080, protocol: "HTTP" }];
        assert.deepEqual(changes({ ...applied, ports, virtualAddress: "240.0.0.3" }), [
            `Pulumi.b.yaml changes ${host} (ports, virtual address), but "b" has not applied that, and this run goes by what it ` +
                'has applied. Run both together, or "b" first.',
        ]);
        assert.match(changes({ ...applied, admits: ["c"] }).join(), /\(clusters that it admits\)/);
        assert.match(changes().join(), /\(no longer exported\)/);
    });

    it("is of no concern where the service is not imported, or not applied at all", () => {
        assert.deepEqual(unappliedChanges("b", [], [applied], []), []);
        assert.deepEqual(unappliedChanges("b", [host], [], [applied]), []);
    });
});
