import assert from "node:assert/strict";
import { ImportedServices, type ImportedServiceArgs } from "../../components/importedServices";
import { withConnections } from "../../lib/istio/connections";
import { type Chooser, connectionPool } from "../../lib/mesh/connectionPool";
import { defaultOutlierDetection, localityLbSetting } from "../../lib/mesh/failover";
import type { DestinationRuleSpec, ServiceEntrySpec } from "../../lib/istio/types";
import { importServiceEntry } from "../../lib/istio/objects";
import { importVirtualService } from "../../lib/mesh/routes";
import type { SharedRule } from "../../lib/mesh/sharedRules";
import { istioMetadata } from "../support/istioMetadata";
import { record } from "../support/mocks";

const serviceEntry = "kubernetes:networking.istio.io/v1:ServiceEntry";

describe("ImportedServices", () => {
    const gateway = { addresses: ["172.30.0.12"], port: 31443 };
    const args = {
        host: "httpbin.bar.global",
        namespace: "istio-system",
        virtualAddress: "240.0.0.2",
        ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
        exporters: [{ gateway, subsets: [] }],
        balance: "failover" as const,
        outlierDetection: defaultOutlierDetection,
        calls: { routes: [] },
        identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        isRuleShared: false,
    };
    const tcpKeepalive = { time: "30s", interval: "10s", probes: 3 };
    const importing = (sharedRules: readonly SharedRule[] = []) =>
        new ImportedServices("imports", { namespace: "istio-system", sharedRules });

    it("is a ServiceEntry and a DestinationRule", async () => {
        const { resources } = await record(() => {
            importing().add("httpbin", args);
            return undefined;
        });
        const metadata = istioMetadata("httpbin.bar.global", "istio-system");
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:ImportedServices", name: "imports", inputs: {} },
            {
                type: "kubernetes:networking.istio.io/v1:DestinationRule",
                name: "httpbin-rule",
                parent: "imports",
                inputs: {
                    apiVersion: "networking.istio.io/v1",
                    kind: "DestinationRule",
                    metadata,
                    spec: {
                        host: "httpbin.bar.global",
                        exportTo: ["*"],
                        trafficPolicy: {
                            tls: { mode: "ISTIO_MUTUAL" },
                            connectionPool: { tcp: { tcpKeepalive } },
                            portLevelSettings: [
                                {
                                    port: { number: 8000 },
                                    tls: { mode: "ISTIO_MUTUAL" },
                                    connectionPool: { tcp: { tcpKeepalive, maxConnectionDuration: "20s" } },
                                },
                            ],
                        },
                    },
                },
            },
            {
                type: serviceEntry,
                name: "httpbin-entry",
                parent: "imports",
                inputs: {
                    apiVersion: "networking.istio.io/v1",
                    kind: "ServiceEntry",
                    metadata,
                    spec: importServiceEntry({ ...args, gateways: [gateway] }),
                },
            },
        ]);
    });

    it("is seen in its namespaces alone, with all that belongs to it", async () => {
        const visibleIn = ["foo", "baz"];
        const exportTos = async (changes: Partial<ImportedServiceArgs>) => {
            const { resources } = await record(() => {
                importing().add("httpbin", { ...args, ...changes });
                return undefined;
            });
            return Object.fromEntries(
                resources
                    .slice(1)
                    .map(({ name, inputs }) => [
                        name,
                        (inputs["spec"] as { readonly exportTo: unknown }).exportTo,
                    ]),
            );
        };
        const routes = [{ headers: {}, to: { v1: 1 } }];
        const exporters = [{ gateway, subsets: ["v1"] }];
        assert.deepEqual(await exportTos({ visibleIn, calls: { routes }, exporters }), {
            "httpbin-entry": visibleIn,
            "httpbin-routes": visibleIn,
            "httpbin-rule": visibleIn,
        });
        // The egress gateway's own way on stays its own.
        const egress = { namespace: "out", namespaceName: "out", address: "egress.out.svc.cluster.local" };
        assert.deepEqual(await exportTos({ visibleIn, egress }), {
            "httpbin-entry": visibleIn,
            "httpbin-out-entry": ["."],
            "httpbin-rule": visibleIn,
        });
        assert.deepEqual(await exportTos({}), { "httpbin-entry": ["*"], "httpbin-rule": ["*"] });
    });

    it("has no rule of its own where a shared one says the same", async () => {
        const { resources } = await record(() => {
            importing([{ domain: "bar.global", requestPorts: [80, 8000] }]).add("httpbin", {
                ...args,
                isRuleShared: true,
            });
            return undefined;
        });
        const tls = { mode: "ISTIO_MUTUAL" };
        const aged = { tcp: { tcpKeepalive, maxConnectionDuration: "20s" } };
        assert.deepEqual(
            resources.slice(1).map(({ name }) => name),
            ["bar.global-imports-rule", "httpbin-entry"],
        );
        assert.deepEqual(resources[1]?.inputs, {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: istioMetadata("bar.global-imports", "istio-system"),
            spec: {
                host: "*.bar.global",
                exportTo: ["*"],
                trafficPolicy: {
                    tls,
                    connectionPool: { tcp: { tcpKeepalive } },
                    portLevelSettings: [80, 8000].map((number) => ({
                        port: { number },
                        tls,
                        connectionPool: aged,
                    })),
                },
            },
        });
    });

    it("says when a call of gRPC is repeated, and how long one may take where that is set", async () => {
        const routesOf = async (changes: Partial<ImportedServiceArgs>) => {
            const { resources } = await record(() => {
                importing().add("httpbin", { ...args, ...changes });
                return undefined;
            });
            return resources.find(({ name }) => name === "httpbin-routes")?.inputs["spec"];
        };
        const { host } = args;
        const grpc = [{ name: "grpc", number: 9000, protocol: "GRPC" }];
        assert.equal(await routesOf({}), undefined);
        assert.deepEqual(
            await routesOf({ ports: grpc }),
            importVirtualService({ host, routes: [], ranks: 1 }),
        );
        const calls = { routes: [], timeout: "5s", retries: { attempts: 0 } };
        assert.deepEqual(await routesOf({ calls }), importVirtualService({ host, ...calls, ranks: 1 }));
    });

    it("through an egress gateway, leads there for all, and on to the peer for the egress gateway alone", async () => {
        const address = "istio-egressgateway.istio-egress.svc.cluster.local";
        const { resources } = await record(() => {
            importing().add("httpbin", {
                ...args,
                egress: { namespace: "istio-egress", namespaceName: "istio-egress", address },
            });
            return undefined;
        });
        const entries = resources.filter(({ type }) => type === serviceEntry);
        const tlsMode = { "security.istio.io/tlsMode": "istio" };
        const same = {
            hosts: ["httpbin.bar.global"],
            addresses: ["240.0.0.2"],
            location: "MESH_INTERNAL",
            ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
            subjectAltNames: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        };
        const common = { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry" };
        assert.deepEqual(entries.reverse(), [
            {
                type: serviceEntry,
                name: "httpbin-istio-egress-entry",
                parent: "imports",
                inputs: {
                    ...common,
                    metadata: istioMetadata("httpbin.bar.global", "istio-egress"),
                    spec: {
                        ...same,
                        resolution: "STATIC",
                        exportTo: ["."],
                        endpoints: [{ address: "172.30.0.12", ports: { http1: 31443 }, labels: tlsMode }],
                    },
                },
            },
            {
                type: serviceEntry,
                name: "httpbin-entry",
                parent: "imports",
                // The way on has to be there before anything takes the way in.
                dependsOn: [`${serviceEntry}::httpbin-istio-egress-entry`],
                inputs: {
                    ...common,
                    metadata: istioMetadata("httpbin.bar.global", "istio-system"),
                    spec: {
                        ...same,
                        resolution: "DNS",
                        exportTo: ["*"],
                        endpoints: [{ address, ports: { http1: 15443 }, labels: tlsMode }],
                    },
                },
            },
        ]);
        const direct = await record(() => {
            importing().add("httpbin", args);
            return undefined;
        });
        const others = (all: typeof resources) => all.filter(({ type }) => type !== serviceEntry);
        assert.deepEqual(others(resources), others(direct.resources));
    });

    describe("of several clusters", () => {
        const second = { gateway: { addresses: ["172.30.0.13"], port: 31555 }, subsets: ["v1"] };
        const several = { ...args, exporters: [{ gateway, subsets: ["v2", "v1"] }, second] };
        const choice = {
            loadBalancer: { localityLbSetting: localityLbSetting("failover", 2) },
            outlierDetection: defaultOutlierDetection,
        };
        const tls = { mode: "ISTIO_MUTUAL" } as const;
        const connected = (rule: DestinationRuleSpec, chooser: Chooser = "follower") =>
            withConnections(rule, args.ports, connectionPool(chooser));
        const labels = {
            v1: { "subset.istio-multicluster/v1": "true" },
            v2: { "subset.istio-multicluster/v2": "true" },
        };
        const subsets = [
            { name: "v1", labels: labels.v1 },
            { name: "v2", labels: labels.v2 },
        ];
        const specOf = async (settings: Partial<ImportedServiceArgs>) => {
            const { resources } = await record(() => {
                importing().add("httpbin", { ...several, ...settings });
                return undefined;
            });
            return Object.fromEntries(
                resources.slice(1).map(({ name, inputs }) => {
                    const { metadata, spec } = inputs as Record<"metadata" | "spec", object>;
                    return [name.replace(/^httpbin-/, ""), { metadata, spec }];
                }),
            );
        };
        const endpoint = (address: string, port: number, ...more: object[]) => ({
            address,
            ports: { http1: port },
            labels: Object.assign({}, ...more) as object,
        });
        const tlsMode = { "security.istio.io/tlsMode": "istio" };
        const rank = (number: number) => ({ [`failover.istio-multicluster/${number}`]: "true" });

        it("has an endpoint for each, a rule for their order, and routes that repeat calls", async () => {
            const { entry, rule, routes, ...others } = await specOf({});
            assert.deepEqual(others, {});
            const metadata = istioMetadata("httpbin.bar.global", "istio-system");
            assert.deepEqual((entry?.spec as ServiceEntrySpec).endpoints, [
                endpoint("172.30.0.12", 31443, tlsMode, labels.v1, labels.v2),
                endpoint("172.30.0.13", 31555, tlsMode, rank(1), labels.v1),
            ]);
            assert.deepEqual(rule, {
                metadata,
                spec: connected({
                    host: args.host,
                    exportTo: ["*"],
                    trafficPolicy: { tls, ...choice },
                    subsets,
                }),
            });
            assert.deepEqual(routes, {
                metadata,
                spec: importVirtualService({ host: args.host, routes: [], ranks: 2 }),
            });
        });

        it("has no ranks where calls are spread, or go to the nearest", async () => {
            for (const balance of ["spread", "nearest"] as const) {
                const exporters = several.exporters.map((each) => ({ ...each, locality: "r1/z1" }));
                const { entry, rule } = await specOf({ balance, exporters });
                assert.deepEqual(
                    (entry?.spec as ServiceEntrySpec).endpoints?.map((each) => [each.labels, each.locality]),
                    [
                        [{ ...tlsMode, ...labels.v1, ...labels.v2 }, "r1/z1"],
                        [{ ...tlsMode, ...labels.v1 }, "r1/z1"],
                    ],
                );
                assert.deepEqual(
                    (rule?.spec as DestinationRuleSpec).trafficPolicy?.loadBalancer?.localityLbSetting,
                    { enabled: balance === "nearest" },
                );
            }
        });

        it("makes and keeps connections as it says itself", async () => {
            const own = { tcp: { connectTimeout: "7s" } };
            const { rule } = await specOf({ connectionPool: own });
            assert.deepEqual(
                rule?.spec,
                withConnections(
                    { host: args.host, exportTo: ["*"], trafficPolicy: { tls, ...choice }, subsets },
                    args.ports,
                    connectionPool("follower", own),
                ),
            );
        });

        it("has no routes where a sidecar sees no single calls", async () => {
            const ports = [{ name: "db", number: 27017, protocol: "MONGO" }];
            assert.deepEqual(Object.keys(await specOf({ ports })).sort(), ["entry", "rule"]);
        });

        it("leaves the choice to the egress gateway, which no caller may leave out", async () => {
            const egress = {
                namespace: "istio-egress",
                namespaceName: "istio-egress",
                address: "egress.local",
            };
            const objects = await specOf({ egress });
            assert.deepEqual(Object.keys(objects).sort(), [
                "entry",
                "istio-egress-entry",
                "istio-egress-rule",
                "routes",
                "rule",
            ]);
            assert.deepEqual((objects["entry"]?.spec as ServiceEntrySpec).endpoints, [
                endpoint("egress.local", 15443, tlsMode, labels.v1, labels.v2),
            ]);
            assert.deepEqual(
                objects["rule"]?.spec,
                connected({ host: args.host, exportTo: ["*"], trafficPolicy: { tls }, subsets }, "egress"),
            );
            assert.deepEqual(objects["istio-egress-rule"], {
                metadata: istioMetadata("httpbin.bar.global", "istio-egress"),
                spec: connected({
                    host: args.host,
                    exportTo: ["."],
                    trafficPolicy: { tls, ...choice },
                    subsets,
                }),
            });
        });

        it("comes after own pods, by endpoints that no gateway passes calls on to", async () => {
            const own = { subsets: [{ name: "v1", labels: { version: "v1" } }] };
            const { entry, rule, routes } = await specOf({ own, namespace: "bar" });
            const metadata = istioMetadata("httpbin.bar.global-remote", "bar");
            assert.deepEqual(entry?.metadata, metadata);
            assert.deepEqual((entry.spec as ServiceEntrySpec).endpoints, [
                endpoint("172.30.0.12", 31443, rank(1), labels.v1, labels.v2),
                endpoint("172.30.0.13", 31555, rank(2), labels.v1),
            ]);
            assert.deepEqual(rule, {
                metadata,
                spec: connected({
                    host: args.host,
                    exportTo: ["*"],
                    trafficPolicy: {
                        tls,
                        ...choice,
                        loadBalancer: { localityLbSetting: localityLbSetting("failover", 3) },
                    },
                    subsets: own.subsets,
                }),
            });
            assert.deepEqual(routes, {
                metadata,
                spec: importVirtualService({ host: args.host, routes: [], ranks: 3 }),
            });
        });
    });
});
