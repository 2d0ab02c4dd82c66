import assert from "node:assert/strict";
import type { ImportSettings } from "../../../lib/config/imports";
import { type ClusterOutputs, contractVersion, type Export } from "../../../lib/mesh/contract";
import { type OwnExport, resolveImports } from "../../../lib/mesh/imports";
import type { Peer } from "../../../lib/mesh/peers";

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
const wanted: ImportSettings = {
    service: "httpbin",
    namespace: "bar",
    from: ["cluster2"],
    balance: "failover",
    outlierDetection: {},
    routes: [],
};

function up(exports: readonly Export[], changes: Partial<ClusterOutputs> = {}): ClusterOutputs {
    return {
        contractVersion,
        cluster: "cluster2",
        context: "cluster2",
        suffixes: ["global"],
        dnsAdapter: "coredns",
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
    return resolveImports("cluster1", imports, new Map(peer ? [["cluster2", peer]] : []), "global", []);
}

const active = {
    host: httpbin.host,
    settings: wanted,
    exporters: [{ from: "cluster2", gateway: { addresses: ["172.30.0.12"], port: 31443 }, subsets: [] }],
    routes: [],
    ports: httpbin.ports,
    virtualAddress: httpbin.virtualAddress,
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
                active: [{ ...active, settings: { ...wanted, via } }],
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
        const other: ImportSettings = { ...wanted, service: "cart", namespace: "shop" };
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
        const other: ImportSettings = { ...wanted, service: "cart", namespace: "shop", from: ["cluster3"] };
        assert.deepEqual(resolveImports("cluster1", [wanted, other], peers, "global", []).problems, [text]);
        assert.deepEqual(resolveImports("cluster1", [wanted], peers, "global", [double]).problems, [text]);
    });

    it("refuses a virtual address that the importing cluster itself uses", () => {
        const peers = new Map([["cluster2", { outputs: up([httpbin]) }]]);
        assert.deepEqual(
            resolveImports("cluster1", [wanted], peers, "global", [], ["240.0.0.0/16"]).problems,
            [
                "the virtual address of httpbin.bar.global can't be used here: " +
                    "240.0.0.2 is inside 240.0.0.0/16, a range that the cluster itself uses; " +
                    "pin another one in Pulumi.cluster2.yaml",
            ],
        );
        assert.deepEqual(
            resolveImports("cluster1", [wanted], peers, "global", [], ["10.241.0.0/16"]).problems,
            [],
        );
    });

    describe("of one host from several clusters", () => {
        const several = { ...wanted, from: ["cluster3", "cluster2"] };
        const identity = "spiffe://cluster.local/ns/bar/sa/other";
        const third = (changes: Partial<Export> = {}, outputs: Partial<ClusterOutputs> = {}) => ({
            outputs: up([{ ...httpbin, identities: [identity], ...changes }], {
                cluster: "cluster3",
                gateway: { kind: "NodePort", addresses: ["172.30.0.13"], port: 31555 },
                ...outputs,
            }),
        });
        const of = (
            peers: Readonly<Record<string, Peer>>,
            settings: Partial<ImportSettings> = {},
            own: readonly OwnExport[] = [],
        ) =>
            resolveImports(
                "cluster1",
                [{ ...several, ...settings }],
                new Map(Object.entries(peers)),
                "global",
                own,
            );
        const second = { outputs: up([httpbin]) };

        it("keeps their order, and all their identities", () => {
            const locality = "r3/z3";
            const subsets = ["v1"];
            const result = of({ cluster2: second, cluster3: third({ subsets }, { locality }) });
            const gateway = { addresses: ["172.30.0.13"], port: 31555 };
            assert.deepEqual(result, {
                active: [
                    {
                        ...active,
                        settings: several,
                        exporters: [{ from: "cluster3", gateway, subsets, locality }, ...active.exporters],
                        identities: [identity, ...httpbin.identities],
                    },
                ],
                pending: [],
                problems: [],
            });
        });

        it("goes on with those that are there", () => {
            const result = of({ cluster2: second, cluster3: { declared: [httpbin.host] } });
            assert.deepEqual(result, {
                active: [{ ...active, settings: several }],
                pending: [{ host: httpbin.host, from: "cluster3", reason: "stack cluster3 is not up yet" }],
                problems: [],
            });
        });

        it("refuses different ports, addresses of the host, or both, and names the two", () => {
            const ports = [{ name: "http1", number: 8001, protocol: "HTTP" }];
            const intro =
                "imports[0] takes httpbin.bar.global to be one service of cluster3, cluster2, but cluster3";
            const files = "in Pulumi.cluster3.yaml and Pulumi.cluster2.yaml, or import it from one of them";
            assert.deepEqual(of({ cluster2: second, cluster3: third({ ports }) }).problems, [
                `${intro} exports it with port http1 8001 HTTP and cluster2 with http1 8000 HTTP; ` +
                    `make the ports the same ${files}`,
            ]);
            const virtualAddress = "240.0.0.7";
            assert.deepEqual(of({ cluster2: second, cluster3: third({ virtualAddress }) }).problems, [
                `${intro} exports it with virtual address 240.0.0.7 and cluster2 with 240.0.0.2; ` +
                    `pin the same virtualAddress ${files}`,
            ]);
            assert.equal(
                of({ cluster2: second, cluster3: third({ ports, virtualAddress }) }).problems.length,
                2,
            );
        });

        it("takes ports in another order for the same", () => {
            const grpc = { name: "grpc", number: 9000, protocol: "GRPC" };
            const peers = {
                cluster2: { outputs: up([{ ...httpbin, ports: [grpc, ...httpbin.ports] }]) },
                cluster3: third({ ports: [...httpbin.ports, grpc] }),
            };
            assert.deepEqual(of(peers).problems, []);
        });

        it("compares with the cluster's own export, and wants gateways beside it to go by address", () => {
            const own = { ...httpbin, ports: [{ name: "http1", number: 80, protocol: "HTTP" }] };
            const gateway = { kind: "LoadBalancer", addresses: ["x.example.com"], port: 15443 } as const;
            const peers = { cluster2: { outputs: up([httpbin], { gateway }) }, cluster3: third() };
            assert.deepEqual(of(peers, {}, [httpbin]).problems, [
                "imports[0] takes httpbin.bar.global from cluster2, whose gateway is x.example.com, and this cluster " +
                    "exports the host too; beside own pods a gateway must be an IP address: set gateway.addresses in " +
                    "Pulumi.cluster2.yaml, or remove one of the two",
            ]);
            assert.deepEqual(of({ cluster2: second, cluster3: third() }, {}, [httpbin]).problems, []);
            assert.deepEqual(of({ cluster2: second, cluster3: third() }, {}, [own]).problems, [
                "imports[0] takes httpbin.bar.global to be one service of cluster1, cluster3, cluster2, but cluster1 " +
                    "exports it with port http1 80 HTTP and cluster3 with http1 8000 HTTP; make the ports the same in " +
                    "Pulumi.cluster1.yaml and Pulumi.cluster3.yaml, or import it from one of them",
            ]);
        });

        it("needs to know where they are to prefer the nearest", () => {
            const peers = { cluster2: second, cluster3: third({}, { locality: "r3" }) };
            assert.deepEqual(of(peers, { balance: "nearest" }).problems, [
                "imports[0].balance is nearest, but cluster2 does not say where it is; set cluster.locality in " +
                    "Pulumi.cluster2.yaml and update it, or choose failover or spread",
            ]);
            assert.deepEqual(of(peers).problems, []);
        });

        describe("by version", () => {
            const routes = [{ headers: {}, to: { v1: 9, v2: 1 } }];
            const v1 = { outputs: up([{ ...httpbin, subsets: ["v1"] }]) };
            const v2 = third({ subsets: ["v2"] });

            it("takes each version from whoever has it", () => {
                const result = of({ cluster2: v1, cluster3: v2 }, { routes });
                assert.deepEqual(result.problems, []);
                assert.deepEqual(result.active[0]?.routes, routes);
            });

            it("refuses a version that nobody has", () => {
                assert.deepEqual(of({ cluster2: v1, cluster3: third() }, { routes }).problems, [
                    "imports[0].routes sends calls to subset v2 of httpbin.bar.global, but cluster3 has nothing and " +
                        "cluster2 has only v1; add it to the export's subsets in Pulumi.cluster3.yaml, or remove it here",
                ]);
            });

            it("waits for a version that a peer's file has, and does without it until then", () => {
                const declaredSubsets = new Map([[httpbin.host, ["v2"]]]);
                const result = of({ cluster2: v1, cluster3: { ...third(), declaredSubsets } }, { routes });
                assert.deepEqual(result.problems, []);
                assert.deepEqual(result.pending, [
                    {
                        host: httpbin.host,
                        from: "cluster3",
                        reason: "cluster3 has not applied its subset v2 of it yet",
                    },
                ]);
                assert.deepEqual(result.active[0]?.routes, [{ headers: {}, to: { v1: 9 } }]);
            });

            it("does without the versions of an exporter that is not up", () => {
                const result = of({ cluster2: v1 }, { routes: [...routes, { headers: {}, to: { v2: 1 } }] });
                assert.deepEqual(result.problems, []);
                assert.deepEqual(result.active[0]?.routes, [{ headers: {}, to: { v1: 9 } }]);
            });

            it("refuses to choose versions where a sidecar sees no single calls", () => {
                const ports = [{ name: "db", number: 27017, protocol: "MONGO" }];
                const peers = {
                    cluster2: { outputs: up([{ ...httpbin, ports, subsets: ["v1"] }]) },
                    cluster3: third({ ports, subsets: ["v2"] }),
                };
                assert.deepEqual(of(peers, { routes }).problems, [
                    "imports[0].routes chooses a version for each call to httpbin.bar.global, but a sidecar tells calls " +
                        "apart on ports of HTTP, HTTP2 or GRPC alone, and these speak MONGO; remove the routes",
                ]);
            });

            it("refuses to limit and to repeat calls where a sidecar sees no single ones", () => {
                const ports = [{ name: "db", number: 27017, protocol: "MONGO" }];
                const peers = { cluster2: { outputs: up([{ ...httpbin, ports }]) } };
                const settings = { from: ["cluster2"], timeout: "5s", retries: { attempts: 1 } };
                assert.deepEqual(of(peers, settings).problems, [
                    "imports[0].timeout limits each call to httpbin.bar.global, but a sidecar tells calls apart on " +
                        "ports of HTTP, HTTP2 or GRPC alone, and these speak MONGO; remove the timeout",
                    "imports[0].retries says when to repeat each call to httpbin.bar.global, but a sidecar tells calls " +
                        "apart on ports of HTTP, HTTP2 or GRPC alone, and these speak MONGO; remove the retries",
                ]);
            });
        });
    });

    it("resolves no imports to nothing", () => {
        assert.deepEqual(resolve(undefined, []), { active: [], pending: [], problems: [] });
    });
});
