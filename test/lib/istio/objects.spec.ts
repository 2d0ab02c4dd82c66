import assert from "node:assert/strict";
import {
    callersPolicy,
    exportServiceEntry,
    gatewayEndpoints,
    importDestinationRule,
    importServiceEntry,
    passthroughGateway,
} from "../../../lib/istio/objects";

const host = "httpbin.bar.global";
const ports = [
    { name: "http1", number: 8000, protocol: "HTTP" },
    { name: "grpc", number: 9000, protocol: "GRPC" },
];
const identities = ["spiffe://cluster.local/ns/bar/sa/httpbin"];
const mutualTls = { "security.istio.io/tlsMode": "istio" };

describe("exportServiceEntry", () => {
    it("is an alias of the pods, known to the whole cluster", () => {
        assert.deepEqual(
            exportServiceEntry({
                host,
                virtualAddress: "240.0.0.2",
                ports: [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }],
                selector: { app: "httpbin" },
            }),
            {
                hosts: [host],
                addresses: ["240.0.0.2"],
                location: "MESH_INTERNAL",
                resolution: "STATIC",
                ports: [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }],
                exportTo: ["*"],
                workloadSelector: { labels: { app: "httpbin" } },
            },
        );
    });
});

describe("callersPolicy", () => {
    const selector = { app: "httpbin" };
    const exported = [
        { number: 8000, targetPort: 8080 },
        { number: 8001, targetPort: 8080 },
        { number: 9000 },
    ];

    it("shuts everybody out of the pods' exported ports but the callers", () => {
        const principals = ["c1.mesh/ns/foo/sa/sleep", "*/ns/shop/sa/cart"];
        assert.deepEqual(callersPolicy({ selector, ports: exported, principals }), {
            action: "DENY",
            selector: { matchLabels: selector },
            rules: [
                {
                    from: [{ source: { notPrincipals: principals } }],
                    to: [{ operation: { ports: ["8080", "9000"] } }],
                },
            ],
        });
    });

    it("lets in whoever is of a named namespace or has a named identity", () => {
        const to = [{ operation: { ports: ["8080", "9000"] } }];
        const named = { selector, ports: exported, principals: ["c1.mesh/*"], callerNamespaces: ["shop"] };
        // Both lie in one source, so that who is shut out is in neither.
        assert.deepEqual(callersPolicy(named).rules, [
            { from: [{ source: { notPrincipals: ["c1.mesh/*"], notNamespaces: ["shop"] } }], to },
        ]);
        assert.deepEqual(callersPolicy({ ...named, principals: [] }).rules, [
            { from: [{ source: { notNamespaces: ["shop"] } }], to },
        ]);
    });

    it("shuts everybody out where no caller can be named yet", () => {
        assert.deepEqual(callersPolicy({ selector, ports: exported, principals: [] }).rules, [
            { to: [{ operation: { ports: ["8080", "9000"] } }] },
        ]);
    });
});

describe("importServiceEntry", () => {
    const args = { host, virtualAddress: "240.0.0.2", ports, identities };

    it("leads every port to the peer's gateway and pins the identity", () => {
        assert.deepEqual(
            importServiceEntry({
                ...args,
                gateways: [{ addresses: ["172.30.0.12", "172.30.0.22"], port: 31443 }],
            }),
            {
                hosts: [host],
                addresses: ["240.0.0.2"],
                location: "MESH_INTERNAL",
                resolution: "STATIC",
                ports,
                exportTo: ["*"],
                endpoints: [
                    { address: "172.30.0.12", ports: { http1: 31443, grpc: 31443 }, labels: mutualTls },
                    { address: "172.30.0.22", ports: { http1: 31443, grpc: 31443 }, labels: mutualTls },
                ],
                subjectAltNames: identities,
            },
        );
    });

    it("is seen by the namespaces that are named", () => {
        const gateways = [{ addresses: ["172.30.0.12"], port: 31443 }];
        const all = importServiceEntry({ ...args, gateways });
        assert.deepEqual(importServiceEntry({ ...args, gateways, exportTo: ["."] }), {
            ...all,
            exportTo: ["."],
        });
    });

    for (const [addresses, resolution] of [
        [["fd00::12"], "STATIC"],
        [["gateway.example.com"], "DNS"],
        [["172.30.0.12", "gateway.example.com"], "DNS"],
    ] as const) {
        it(`resolves ${addresses.join(" and ")} as ${resolution}`, () => {
            const entry = importServiceEntry({ ...args, gateways: [{ addresses, port: 15443 }] });
            assert.equal(entry.resolution, resolution);
            assert.deepEqual(
                entry.endpoints?.map(({ address }) => address),
                addresses,
            );
        });
    }
});

describe("gatewayEndpoints", () => {
    it("is empty without addresses", () => {
        assert.deepEqual(gatewayEndpoints([], 15443, ports), []);
    });
});

describe("importDestinationRule", () => {
    it("asks for Istio's mutual TLS", () => {
        assert.deepEqual(importDestinationRule(host), {
            host,
            exportTo: ["*"],
            trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } },
        });
    });
});

describe("passthroughGateway", () => {
    it("names exactly the given hosts, in an order of its own", () => {
        const hosts = Object.freeze(["sleep.foo.global", host]);
        const expected = {
            selector: { istio: "eastwestgateway" },
            servers: [
                {
                    port: { name: "tls", number: 15443, protocol: "TLS" },
                    tls: { mode: "AUTO_PASSTHROUGH" },
                    hosts: [host, "sleep.foo.global"],
                },
            ],
        };
        assert.deepEqual(passthroughGateway({ istio: "eastwestgateway" }, hosts), expected);
        assert.deepEqual(passthroughGateway({ istio: "eastwestgateway" }, [...hosts].reverse()), expected);
    });
});
