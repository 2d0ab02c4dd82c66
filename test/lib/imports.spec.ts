import assert from "node:assert/strict";
import type { ImportSettings } from "../../lib/config/imports";
import { type ClusterOutputs, contractVersion, type Export } from "../../lib/contract";
import { type Peer, resolveImports } from "../../lib/imports";

const httpbin: Export = {
    host: "httpbin.bar.global",
    name: "httpbin",
    namespace: "bar",
    ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
    virtualAddress: "240.0.0.2",
    identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
};
const cart: Export = {
    ...httpbin,
    host: "cart.shop.global",
    name: "cart",
    namespace: "shop",
    virtualAddress: "240.0.0.3",
};
const wanted: ImportSettings = { service: "httpbin", namespace: "bar", from: "cluster2" };

function up(exports: readonly Export[], changes: Partial<ClusterOutputs> = {}): ClusterOutputs {
    return {
        contractVersion,
        cluster: "cluster2",
        kubeconfig: "kubeconfig",
        context: "cluster2",
        suffix: "global",
        gateway: { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 },
        exports,
        imports: [],
        pendingImports: [],
        rootFingerprint: "",
        trustedRoots: ["ab".repeat(32)],
        globalDnsAddress: "10.92.0.53",
        ...changes,
    };
}

function resolve(peer: Peer | undefined, imports = [wanted]) {
    return resolveImports(imports, new Map(peer ? [["cluster2", peer]] : []), "global", []);
}

const active = {
    host: httpbin.host,
    from: "cluster2",
    ports: httpbin.ports,
    virtualAddress: httpbin.virtualAddress,
    gateway: { addresses: ["172.30.0.12"], port: 31443 },
    identities: httpbin.identities,
};

function pending(reason: string) {
    return { active: [], pending: [{ host: httpbin.host, from: "cluster2", reason }], problems: [] };
}

function problem(text: string) {
    return { active: [], pending: [], problems: [text] };
}

describe("resolveImports", () => {
    it("takes everything about a service from its exporter", () => {
        const found = { active: [active], pending: [], problems: [] };
        assert.deepEqual(resolve({ outputs: up([cart, httpbin]), declared: [httpbin.host] }), found);
        assert.deepEqual(resolve({ outputs: up([cart, httpbin]) }), found);
    });

    it("keeps the way that an import asks for, and gives none to one that doesn't", () => {
        for (const via of ["direct", "egress"] as const) {
            assert.deepEqual(resolve({ outputs: up([httpbin]) }, [{ ...wanted, via }]), {
                active: [{ ...active, via }],
                pending: [],
                problems: [],
            });
        }
    });

    it("keeps an import whose export the peer's file no longer names, until the peer itself drops it", () => {
        assert.deepEqual(resolve({ outputs: up([httpbin]), declared: [] }).active, [active]);
    });

    it("waits for a peer that is not up", () => {
        assert.deepEqual(resolve({ declared: [httpbin.host] }), pending("stack cluster2 is not up yet"));
        assert.deepEqual(resolve({}), pending("stack cluster2 is not up yet"));
        assert.deepEqual(resolve(undefined), pending("stack cluster2 is not up yet"));
    });

    it("waits for a peer whose file has the export already", () => {
        assert.deepEqual(
            resolve({ outputs: up([cart]), declared: [httpbin.host] }),
            pending("cluster2 has not applied its export of it yet"),
        );
    });

    it("waits for a gateway that has no address or no port yet", () => {
        const none = { kind: "LoadBalancer", addresses: [], port: 15443 } as const;
        const noPort = { kind: "NodePort", addresses: ["172.30.0.12"], port: 0 } as const;
        for (const gateway of [none, noPort]) {
            assert.deepEqual(
                resolve({ outputs: up([httpbin], { gateway }) }),
                pending("the gateway of cluster2 has no address yet"),
            );
        }
    });

    it("refuses what the peer does not offer, and says what it does", () => {
        const remedy = "add it to the exports in Pulumi.cluster2.yaml, or remove the import";
        const intro = "imports[0] wants httpbin.bar.global from cluster2, but cluster2 exports";
        assert.deepEqual(resolve({ outputs: up([]), declared: [] }), problem(`${intro} nothing; ${remedy}`));
        assert.deepEqual(
            resolve({ outputs: up([cart]) }),
            problem(`${intro} only cart.shop.global; ${remedy}`),
        );
        assert.deepEqual(
            resolve({ declared: ["sleep.foo.global", "cart.shop.global"] }),
            problem(`${intro} only cart.shop.global, sleep.foo.global; ${remedy}`),
        );
    });

    it("lists every problem", () => {
        const other: ImportSettings = { service: "cart", namespace: "shop", from: "cluster2" };
        assert.deepEqual(resolve({ outputs: up([]) }, [wanted, other]).problems, [
            "imports[0] wants httpbin.bar.global from cluster2, but cluster2 exports nothing; " +
                "add it to the exports in Pulumi.cluster2.yaml, or remove the import",
            "imports[1] wants cart.shop.global from cluster2, but cluster2 exports nothing; " +
                "add it to the exports in Pulumi.cluster2.yaml, or remove the import",
        ]);
    });

    it("refuses two hosts with one virtual address, from two peers or beside an own export", () => {
        const text =
            "cart.shop.global and httpbin.bar.global have the same virtual address 240.0.0.2; " +
            "pin another virtualAddress for one of them where it is exported";
        const double = { ...cart, virtualAddress: "240.0.0.2" };
        const peers = new Map([
            ["cluster2", { outputs: up([httpbin]) }],
            ["cluster3", { outputs: up([double]) }],
        ]);
        const other: ImportSettings = { service: "cart", namespace: "shop", from: "cluster3" };
        assert.deepEqual(resolveImports([wanted, other], peers, "global", []).problems, [text]);
        assert.deepEqual(resolveImports([wanted], peers, "global", [double]).problems, [text]);
    });

    it("refuses a virtual address that the importing cluster itself uses", () => {
        const peers = new Map([["cluster2", { outputs: up([httpbin]) }]]);
        assert.deepEqual(resolveImports([wanted], peers, "global", [], ["240.0.0.0/16"]).problems, [
            "the virtual address of httpbin.bar.global can't be used here: " +
                "240.0.0.2 is inside 240.0.0.0/16, a range that the cluster itself uses; " +
                "pin another one in Pulumi.cluster2.yaml",
        ]);
        assert.deepEqual(resolveImports([wanted], peers, "global", [], ["10.241.0.0/16"]).problems, []);
    });

    it("resolves no imports to nothing", () => {
        assert.deepEqual(resolve(undefined, []), { active: [], pending: [], problems: [] });
    });
});
