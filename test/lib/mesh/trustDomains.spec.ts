import assert from "node:assert/strict";
import {
    callersOf,
    type KnownTrust,
    refusedByExporters,
    resolveCallers,
} from "../../../lib/mesh/trustDomains";

const path = "exports[0].allowedFrom";
const sleep = { namespace: "foo", serviceAccount: "sleep" };

/** Three clusters with a trust domain each, seen from cluster2, which takes callers of all. */
const apart: KnownTrust = {
    cluster: "cluster2",
    own: { trustDomain: "c2.mesh", accepted: ["c1.mesh", "c2.mesh", "c3.mesh"] },
    clusters: ["cluster3", "cluster2", "cluster1"],
    peers: new Map([
        ["cluster1", { trustDomain: "c1.mesh", accepted: ["c2.mesh"] }],
        ["cluster3", { trustDomain: "c3.mesh", accepted: [] }],
    ]),
};

/** The same, with another trust domain for some. */
function withPeers(trustDomains: Readonly<Record<string, string>>, known = apart): KnownTrust {
    const changed = Object.entries(trustDomains).map(
        ([cluster, trustDomain]) => [cluster, { trustDomain, accepted: [] }] as const,
    );
    return { ...known, peers: new Map([...known.peers, ...changed]) };
}

function problemsOf(cluster: string, known: KnownTrust): readonly string[] {
    const { principals, unknown, problems } = resolveCallers(path, [{ ...sleep, cluster }], known);
    assert.deepEqual([principals, unknown], [[], []]);
    return problems;
}

describe("resolveCallers", () => {
    it("names a caller of one cluster by that cluster's trust domain, and one of any cluster by none", () => {
        const allowed = [
            { ...sleep, cluster: "cluster1" },
            { namespace: "shop", serviceAccount: "cart" },
            { ...sleep, cluster: "cluster2" },
        ];
        assert.deepEqual(resolveCallers(path, allowed, apart), {
            principals: ["c1.mesh/ns/foo/sa/sleep", "*/ns/shop/sa/cart", "c2.mesh/ns/foo/sa/sleep"],
            namespaces: [],
            unknown: [],
            problems: [],
        });
    });

    it("names all callers of a cluster or of a namespace, and those of a namespace of any cluster by the namespace", () => {
        const allowed = [
            { cluster: "cluster1" },
            { cluster: "cluster3", namespace: "foo" },
            { namespace: "shop" },
        ];
        const { principals, namespaces } = resolveCallers(path, allowed, apart);
        assert.deepEqual(principals, ["c1.mesh/*", "c3.mesh/ns/foo/sa/*"]);
        assert.deepEqual(namespaces, ["shop"]);
    });

    it("leaves an export that admits nobody to its own cluster, where consent is required", () => {
        assert.deepEqual(callersOf(path, undefined, true, apart)?.principals, ["c2.mesh/*"]);
        assert.equal(callersOf(path, undefined, false, apart), undefined);
        assert.deepEqual(callersOf(path, [sleep], true, apart), resolveCallers(path, [sleep], apart));
    });

    it("needs nothing to be known for a caller of any cluster", () => {
        const own = { trustDomain: "cluster.local", accepted: [] };
        assert.deepEqual(resolveCallers(path, [sleep], { cluster: "cluster2", own, peers: new Map() }), {
            principals: ["*/ns/foo/sa/sleep"],
            namespaces: [],
            unknown: [],
            problems: [],
        });
    });

    it("leaves out the callers of a cluster that is not known yet, and says which", () => {
        const allowed = [
            { ...sleep, cluster: "cluster3" },
            { ...sleep, cluster: "cluster1" },
            { namespace: "a", serviceAccount: "b", cluster: "cluster3" },
        ];
        const [cluster1 = ["", { trustDomain: "", accepted: [] }] as const] = apart.peers;
        for (const clusters of [apart.clusters, undefined]) {
            assert.deepEqual(
                resolveCallers(path, allowed, { ...apart, clusters, peers: new Map([cluster1]) }),
                {
                    principals: ["c1.mesh/ns/foo/sa/sleep"],
                    namespaces: [],
                    unknown: ["cluster3"],
                    problems: [],
                },
            );
        }
    });

    it("refuses a cluster that is not in the mesh", () => {
        assert.deepEqual(problemsOf("clsuter1", apart), [
            "exports[0].allowedFrom[0] names the cluster clsuter1, which is not in this mesh: the certificate stack " +
                "knows cluster1, cluster2, cluster3; correct the name",
        ]);
    });

    it("refuses a cluster whose trust domain is another's too", () => {
        const remedy =
            "so that their callers can't be told apart; leave the cluster out here, or give each cluster a " +
            "mesh.trustDomain of its own";
        const intro = "exports[0].allowedFrom[0] names the cluster";
        assert.deepEqual(problemsOf("cluster1", withPeers({ cluster1: "c2.mesh" })), [
            `${intro} cluster1, but cluster2 has the same trust domain c2.mesh, ${remedy}`,
        ]);
        assert.deepEqual(problemsOf("cluster2", withPeers({ cluster3: "c2.mesh" })), [
            `${intro} cluster2, but cluster3 has the same trust domain c2.mesh, ${remedy}`,
        ]);
        const own = { trustDomain: "cluster.local", accepted: [] };
        const shared = withPeers({ cluster1: "cluster.local", cluster3: "cluster.local" }, { ...apart, own });
        assert.deepEqual(problemsOf("cluster1", shared), [
            "exports[0].allowedFrom[0] names the cluster cluster1, but cluster2 and cluster3 have the same trust " +
                "domain cluster.local, so that their callers can't be told apart; leave the cluster out here, or give " +
                "each cluster a mesh.trustDomain of its own",
        ]);
    });

    it("refuses a trust domain that Istio's policies take for the own one", () => {
        assert.deepEqual(problemsOf("cluster1", withPeers({ cluster1: "cluster.local" })), [
            "exports[0].allowedFrom[0] names the cluster cluster1, whose trust domain is cluster.local, which Istio's " +
                "policies take for that of cluster2 itself; give cluster1 another mesh.trustDomain",
        ]);
    });

    it("lets the exporter itself keep cluster.local", () => {
        const own = { ...apart.own, trustDomain: "cluster.local" };
        const allowed = ["cluster1", "cluster2"].map((cluster) => ({ ...sleep, cluster }));
        assert.deepEqual(resolveCallers(path, allowed, { ...apart, own }).principals, [
            "c1.mesh/ns/foo/sa/sleep",
            "cluster.local/ns/foo/sa/sleep",
        ]);
    });

    it("refuses a trust domain that is not accepted", () => {
        assert.deepEqual(problemsOf("cluster1", withPeers({ cluster1: "new.mesh" })), [
            "exports[0].allowedFrom[0] names the cluster cluster1, whose callers have the trust domain new.mesh, which " +
                "cluster2 does not accept; add it to mesh.acceptedTrustDomains in Pulumi.cluster2.yaml",
        ]);
    });
});

describe("refusedByExporters", () => {
    it("finds the exporters that do not accept this cluster's callers, each once", () => {
        assert.deepEqual(refusedByExporters(["cluster3", "cluster1", "cluster3", "cluster4"], apart), [
            "mesh.trustDomain of cluster2 is c2.mesh, whose callers cluster3 refuses; add c2.mesh to " +
                "mesh.acceptedTrustDomains in Pulumi.cluster3.yaml",
        ]);
    });

    it("finds nothing among clusters of one trust domain", () => {
        assert.deepEqual(refusedByExporters(["cluster3"], withPeers({ cluster3: "c2.mesh" })), []);
    });
});
