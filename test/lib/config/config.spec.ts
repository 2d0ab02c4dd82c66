import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { importVia } from "../../../lib/config/clusterStack";
import { defaultDnsImage } from "../../../lib/config/dns";
import { exportAddress } from "../../../lib/config/exports";
import { defaultIstioVersion, revisionSettings } from "../../../lib/config/istio";
import { parseConfig } from "../../../lib/config/parse";
import { configMessage } from "../../../lib/base/problem";
import { virtualAddress } from "../../../lib/base/virtualAddress";
import { committedSettings } from "../../support/program";
import { cluster, httpbin, port, type Raw, wanted } from "../../support/stackFile";

const resources = { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "2", memory: "1Gi" } };
const importDefaults = { balance: "failover", outlierDetection: {}, routes: [] };

/** The whole message for a configuration that must be refused. */
function message(raw: Raw): string {
    const stack = "cluster1";
    const result = parseConfig(stack, raw);
    assert.ok(result.kind === "invalid");
    return configMessage(stack, result.problems);
}

/** The message with its lines. */
function problems(lines: readonly string[]): string {
    const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
    return [
        `The configuration of stack "cluster1" (Pulumi.cluster1.yaml) has ${count}:`,
        ...lines.map((line) => `  - ${line}`),
    ].join("\n");
}

const badKubeconfig =
    "cluster.kubeconfig must be the path of a file, `content` with an encrypted kubeconfig, or `stack` and `output` of " +
    "another stack that has one";

describe("parseConfig", () => {
    it("takes a cluster's setting that the project gives to all stacks for nothing in the certificate stack", () => {
        const given = { ca: { clusters: ["a"] }, istio: { tag: "1" }, dns: {} };
        assert.equal(parseConfig("ca", given, ["istio", "dns"]).kind, "ca");
        const own = parseConfig("ca", given, ["istio"]);
        assert.ok(own.kind === "invalid");
        assert.deepEqual(
            own.problems.map(({ path }) => path),
            ["dns"],
        );
        // A key that nobody knows is wrong wherever it stands.
        assert.equal(parseConfig("ca", { ...given, istoi: {} }, ["istio", "dns", "istoi"]).kind, "invalid");
    });

    describe("beside settings that are wrong by themselves", () => {
        const broken = { ...httpbin, ports: [] };
        const noPort = "must name at least one port";
        const multicast = "is a multicast address, to which pods have no route; use one of 240.0.0.0/4";

        it("finds the contradictions of the others, at the places that they have", () => {
            assert.equal(
                message({
                    cluster: { kubeconfig: 1 },
                    exports: [broken, { ...httpbin, virtualAddress: "224.0.0.1" }, broken, httpbin],
                    imports: [{ ...wanted, from: 1 }, wanted, { ...wanted, from: "cluster1" }],
                }),
                problems([
                    badKubeconfig,
                    "cluster.context is missing; it must be a text",
                    `exports[0].ports ${noPort}`,
                    `exports[2].ports ${noPort}`,
                    "imports[0].from must be a list",
                    `exports[1].virtualAddress 224.0.0.1 ${multicast}`,
                    "exports name httpbin.bar.global more than once (exports[1], exports[3]); remove one",
                    "imports[2].from is this cluster itself; an exported service has its mesh-wide name here without an import",
                    "imports name cart.shop.global more than once (imports[1], imports[2]); remove one",
                ]),
            );
        });

        it("finds none that may come of them", () => {
            const sampleApps = { sleep: { image: 1 } };
            assert.equal(
                message({ cluster, sampleApps, connectivityCheck: true }),
                problems(["sampleApps.sleep.image must be a text"]),
            );
            assert.equal(
                message({ cluster, mesh: { suffixes: [] }, exports: [httpbin, httpbin] }),
                problems(["mesh.suffixes must name at least one suffix"]),
            );
        });
    });

    it("says of examples/bad-input what its page shows", () => {
        const page = readFileSync(resolve(__dirname, "../../../examples/bad-input/README.md"), "utf8");
        const [, shown = ""] = /```text\n([\s\S]*?)\n```/.exec(page) ?? [];
        assert.equal(message(committedSettings("cluster1", "bad-input")), shown);
    });

    it("gives each control plane its own settings over the common ones", () => {
        const result = parseConfig("cluster1", {
            cluster,
            istio: {
                charts: { base: "b", istiod: "i" },
                hub: "common",
                values: { a: 1, b: { c: 2 } },
                revision: "1-31",
                revisions: {
                    default: {},
                    "1-31": { version: "1.31.0", hub: "own", values: { b: { c: 3 } } },
                },
            },
        });
        assert.ok(result.kind === "cluster");
        assert.deepEqual(revisionSettings(result.settings.istio), [
            {
                revision: "1-31",
                version: "1.31.0",
                charts: undefined,
                hub: "own",
                tag: undefined,
                values: { a: 1, b: { c: 3 } },
            },
            {
                revision: "default",
                version: defaultIstioVersion,
                charts: { base: "b", istiod: "i" },
                hub: "common",
                tag: undefined,
                values: { a: 1, b: { c: 2 } },
            },
        ]);
    });

    it("fills in every default of a cluster stack", () => {
        assert.deepEqual(parseConfig("cluster1", { cluster }), {
            kind: "cluster",
            settings: {
                cluster: { ...cluster, domain: "cluster.local", ranges: [], adopt: false },
                mesh: {
                    caStack: "ca",
                    suffixes: ["global"],
                    trustDomain: "cluster.local",
                    acceptedTrustDomains: [],
                    requireConsent: false,
                },
                istio: {
                    install: true,
                    namespace: "istio-system",
                    revision: "default",
                    podSecurity: "restricted",
                    version: defaultIstioVersion,
                    repository: "https://istio-release.storage.googleapis.com/charts",
                    values: {},
                    ca: "mesh",
                    replaceCaCerts: false,
                    removeCrds: false,
                },
                gateway: {
                    type: "NodePort",
                    nodeAddressType: "InternalIP",
                    peerAddresses: {},
                    annotations: {},
                    replicas: 1,
                    resources,
                },
                egress: { via: "direct", namespace: "istio-egress", replicas: 1, resources },
                dns: { image: defaultDnsImage, replicas: 1 },
                exports: [],
                imports: [],
                teams: {},
                sampleApps: {},
                connectivityCheck: false,
            },
        });
    });

    it("fills in every default of the certificate stack", () => {
        assert.deepEqual(parseConfig("ca", { ca: { clusters: ["cluster1"] } }), {
            kind: "ca",
            settings: {
                clusters: ["cluster1"],
                keyAlgorithm: "ECDSA-P256",
                organization: "Istio",
                rootValidityDays: 3650,
                intermediateValidityDays: 365,
                intermediateRenewalDays: 90,
                protectRoot: true,
                makeAnew: false,
                root: { name: "root" },
                expiryWarningDays: 30,
                rootExpiryWarningDays: 365,
            },
        });
    });

    it("keeps what is set", () => {
        const raw = {
            cluster: {
                ...cluster,
                domain: "example.internal",
                ranges: ["10.241.0.0/16", "fd00::/64"],
                adopt: true,
            },
            mesh: {
                caStack: "certificates",
                suffixes: ["mesh", "corp.example"],
                trustDomain: "example.com",
                acceptedTrustDomains: ["example.org"],
                requireConsent: true,
            },
            teams: { shop: { namespaces: ["shop"], contact: "#shop" } },
            istio: {
                install: true,
                namespace: "istio-system",
                revision: "1-29",
                revisions: { "1-29": { values: {} }, default: { version: "1.28.1", values: { a: 1 } } },
                podSecurity: "baseline",
                version: "1.29.0",
                repository: "https://charts.example.com",
                charts: { base: "charts/base", istiod: "charts/istiod" },
                hub: "lab.local/istio",
                tag: "lab",
                values: { env: { A: "b" } },
                ca: "mesh",
                replaceCaCerts: false,
                removeCrds: true,
            },
            gateway: {
                type: "NodePort",
                nodePort: 31443,
                nodeAddressType: "ExternalIP",
                addresses: ["198.51.100.7", "gateway.example.com"],
                port: 443,
                peerAddresses: { cluster2: { addresses: ["10.0.0.5"], port: 15443 } },
                annotations: { "example.com/internal": "true" },
                replicas: 2,
                resources,
            },
            egress: {
                via: "egress",
                namespace: "way-out",
                replicas: 3,
                resources: { requests: { cpu: "1" }, limits: {} },
            },
            dns: {
                adapter: "coredns",
                image: "coredns:1",
                replicas: 2,
                configMap: "rke2-coredns",
                deployment: "rke2-coredns",
            },
            exports: [{ ...httpbin, ports: [{ ...port, targetPort: 8080 }], virtualAddress: "240.0.0.2" }],
            imports: [
                wanted,
                {
                    service: "orders",
                    namespace: "shop",
                    suffix: "corp.example",
                    from: "cluster3",
                    via: "direct",
                },
            ],
            sampleApps: {
                sleep: { namespace: "foo", image: "sleep:1" },
                httpbin: { namespace: "bar", image: "httpbin:1" },
            },
            connectivityCheck: true,
        };
        const settings = {
            ...raw,
            exports: raw.exports.map((entry) => ({ ...entry, subsets: {} })),
            imports: raw.imports.map((entry) => ({ ...entry, ...importDefaults, from: [entry.from] })),
        };
        assert.deepEqual(parseConfig("cluster1", raw), { kind: "cluster", settings });
    });

    it("gives a named sample its namespace and image", () => {
        const result = parseConfig("cluster1", { cluster, sampleApps: { sleep: {}, httpbin: {} } });
        assert.deepEqual(result.kind === "cluster" && result.settings.sampleApps, {
            sleep: { namespace: "foo", image: "curlimages/curl:8.16.0" },
            httpbin: { namespace: "bar", image: "mccutchen/go-httpbin:v2.15.0" },
        });
    });

    it("lists every problem of a bad file in one message", () => {
        const raw = {
            cluster: { kubeconfig: 5, ranges: ["10.241.0.0"] },
            mesh: { sufix: "global" },
            istio: { version: "1.30", repository: "charts", values: [], charts: { base: "charts/base" } },
            gateway: { type: "ClusterIP", nodePort: "31443", replicas: 1.5, addresses: [] },
            egress: { via: "sideways", namespace: "way.out", replicas: 0, address: "10.0.0.1" },
            dns: { image: "", replicas: 0 },
            exports: [
                {
                    service: "Httpbin",
                    namespace: "bar",
                    ports: [{ name: "http1" }, { name: "udp", number: 70000, protocol: "UDP" }],
                    selector: {},
                    serviceAccount: 7,
                },
                { service: "cart" },
            ],
            imports: {},
            sampleApps: { slep: {} },
            connectivityCheck: "yes",
            import: [],
        };
        assert.equal(
            message(raw),
            problems([
                badKubeconfig,
                "cluster.ranges[0] must be a CIDR range such as 10.96.0.0/12",
                "cluster.context is missing; it must be a text",
                "mesh.sufix is not a known setting; check the spelling against docs/configuration.md",
                "istio.version must be a full version such as 1.30.5",
                "istio.repository must be a URL",
                "istio.charts.istiod is missing; it must be a text",
                "istio.values must be a map",
                "gateway.type must be NodePort or LoadBalancer",
                "gateway.nodePort must be a number",
                "gateway.addresses must name at least one address, or be left out",
                "gateway.replicas must be a whole number",
                "egress.via must be direct or egress",
                "egress.namespace must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
                "egress.replicas must be at least 1",
                "egress.address is not a known setting; check the spelling against docs/configuration.md",
                "dns.image must not be empty",
                "dns.replicas must be at least 1",
                "exports[0].service must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
                "exports[0].ports[0].number is missing; it must be a number",
                "exports[0].ports[0].protocol must be HTTP, HTTP2, GRPC, TCP, TLS, HTTPS or MONGO",
                "exports[0].ports[1].number must be a port from 1 to 65535",
                "exports[0].ports[1].protocol must be HTTP, HTTP2, GRPC, TCP, TLS, HTTPS or MONGO",
                "exports[0].selector must name at least one label, or it would select every pod of the namespace",
                "exports[0].serviceAccount must be a text",
                "exports[1].namespace is missing; it must be a text",
                "exports[1].ports is missing; it must be a list",
                "exports[1].selector is missing; it must be a map",
                "exports[1].serviceAccount is missing; it must be a text",
                "imports must be a list",
                "sampleApps.slep is not a known setting; check the spelling against docs/configuration.md",
                "connectivityCheck must be true or false",
                "import is not a known setting; check the spelling against docs/configuration.md",
            ]),
        );
    });

    it("lists every problem of how one host is taken from several clusters in one message", () => {
        const raw = {
            cluster: { ...cluster, locality: "here/there/everywhere" },
            exports: [{ ...httpbin, subsets: { V1: { version: "v1" }, v2: { version: 2 }, all: {} } }],
            imports: [
                { ...wanted, from: [], balance: "random", retries: { retryOn: "" } },
                { ...wanted, from: ["cluster2", "cluster3", "cluster2"], routes: [{ to: {} }, {}] },
                {
                    ...wanted,
                    routes: [{ to: { v1: -1 } }, { headers: { a: "" }, to: { v1: 1 } }],
                    outlierDetection: {
                        consecutiveLocalOriginFailures: 0,
                        consecutiveGatewayErrors: -1,
                        interval: "5",
                        maxEjectionPercent: 101,
                        minHealthPercent: 50,
                    },
                },
            ],
        };
        assert.equal(
            message(raw),
            problems([
                "cluster.locality must be REGION or REGION/ZONE, such as eu-west-1/eu-west-1a",
                "exports[0].subsets.v2.version must be a text",
                "imports[0].from must name at least one cluster",
                "imports[0].balance must be failover, nearest or spread",
                "imports[0].retries.retryOn must not be empty",
                "imports[1].from names cluster2 more than once; remove one",
                "imports[1].routes[0].to must give at least one subset a share above 0",
                "imports[1].routes[1].to is missing; it must be a map",
                "imports[2].outlierDetection.consecutiveLocalOriginFailures must be at least 1",
                "imports[2].outlierDetection.consecutiveGatewayErrors must be 0 (never) or more",
                "imports[2].outlierDetection.interval must be a duration such as 500ms, 30s or 2m",
                "imports[2].outlierDetection.maxEjectionPercent must be from 1 to 100",
                "imports[2].outlierDetection.minHealthPercent is not a known setting; check the spelling against docs/configuration.md",
                "imports[2].routes[0].to.v1 must be 0 or more",
                "imports[2].routes[1].headers.a must not be empty",
            ]),
        );
    });

    it("takes several exporters in their order, and one by its name alone", () => {
        const result = parseConfig("cluster1", {
            cluster: { ...cluster, locality: "r1/z1" },
            imports: [
                { ...wanted, from: ["cluster3", "cluster2"] },
                { ...wanted, service: "orders" },
            ],
        });
        assert.deepEqual(result.kind === "cluster" && result.settings.imports, [
            { ...wanted, ...importDefaults, from: ["cluster3", "cluster2"] },
            { ...wanted, ...importDefaults, service: "orders", from: ["cluster2"] },
        ]);
    });

    it("lists every contradiction between settings in one message", () => {
        const raw = {
            cluster: { ...cluster, ranges: ["240.5.0.0/16"] },
            exports: [
                { ...httpbin, virtualAddress: "240.5.0.2" },
                { ...httpbin, service: "one", virtualAddress: "240.0.0.9" },
                { ...httpbin, service: "two", virtualAddress: "240.0.0.9" },
                { ...httpbin, service: "two", virtualAddress: "10.0.0.1" },
            ],
            imports: [
                wanted,
                { ...wanted, from: "cluster3" },
                { ...wanted, service: "self", from: "cluster1" },
                { ...wanted, service: "me-too", from: ["cluster2", "cluster1"] },
                {
                    service: "one",
                    namespace: "bar",
                    from: "cluster2",
                    via: "egress",
                    routes: [{ to: { v1: 1 } }],
                },
            ],
            connectivityCheck: true,
        };
        assert.equal(
            message(raw),
            problems([
                "exports[0].virtualAddress 240.5.0.2 is inside 240.5.0.0/16, a range that the cluster itself uses",
                "exports[3].virtualAddress 10.0.0.1 is outside 240.0.0.0/4, the pool of virtual addresses",
                "exports name two.bar.global more than once (exports[2], exports[3]); remove one",
                "exports give 240.0.0.9 to one.bar.global and to two.bar.global; pin another virtualAddress for one of them",
                "imports[2].from is this cluster itself; an exported service has its mesh-wide name here without an import",
                "imports[3].from names this cluster itself; an exported service has its mesh-wide name here without an import",
                "imports[4].via is egress, but this cluster exports one.bar.global too, and calls to its own pods can't " +
                    "go through the egress gateway; set it to direct, or remove the export",
                "imports[4].routes can't choose versions of one.bar.global, which this cluster exports too: a remote " +
                    "gateway stands for all versions, an own pod for one; remove the routes, or the export",
                "imports name cart.shop.global more than once (imports[0], imports[1]); remove one",
                "connectivityCheck calls from the sleep sample, which is not deployed; add sampleApps.sleep",
            ]),
        );
    });

    const suffixName =
        "must be a DNS name such as global or mesh.example: labels of lower-case letters, digits and dashes, 100 " +
        "characters at most";
    const several: readonly (readonly [
        what: string,
        raw: Record<string, unknown>,
        lines: readonly string[],
    ])[] = [
        [
            "suffixes that are no DNS names",
            { mesh: { suffixes: ["Corp", "a..b", `${"a".repeat(60)}.${"b".repeat(60)}`, ".corp"] } },
            [0, 1, 2, 3].map((index) => `mesh.suffixes[${index}] ${suffixName}`),
        ],
        [
            "suffixes that get in each other's way, or in that of reverse lookups",
            { mesh: { suffixes: ["corp", "corp", "mesh.corp", "10.in-addr.arpa"] } },
            [
                "mesh.suffixes name corp more than once; remove one",
                "mesh.suffixes name mesh.corp, which is inside corp; remove one of the two",
                "mesh.suffixes name 10.in-addr.arpa, a zone of reverse lookups; remove it",
            ],
        ],
        [
            "entries whose suffix the mesh does not have",
            {
                mesh: { suffixes: ["global", "corp"] },
                exports: [{ ...httpbin, suffix: "crop" }],
                imports: [{ ...wanted, suffix: "example" }],
            },
            [
                "exports[0].suffix is crop, which mesh.suffixes does not name (global, corp); add it there, or correct it",
                "imports[0].suffix is example, which mesh.suffixes does not name (global, corp); add it there, or correct it",
            ],
        ],
        [
            "objects that an adapter does not touch",
            { dns: { adapter: "sidecar", configMap: "coredns", deployment: "coredns" } },
            ["configMap", "deployment"].map(
                (key) =>
                    `dns.${key} is set, but dns.adapter is sidecar, which changes nothing in the cluster's DNS; remove it`,
            ),
        ],
    ];
    for (const [what, raw, lines] of several) {
        it(`refuses ${what}`, () => {
            assert.equal(message({ cluster, ...raw }), problems(lines));
        });
    }

    it("takes one service under two suffixes for two hosts", () => {
        const mesh = { suffixes: ["global", "corp.example"] };
        const exports = [httpbin, { ...httpbin, suffix: "corp.example" }];
        assert.equal(parseConfig("cluster1", { cluster, mesh, exports }).kind, "cluster");
        const twice = [httpbin, { ...httpbin, suffix: "global" }];
        assert.match(
            message({ cluster, mesh, exports: twice }),
            /exports name httpbin\.bar\.global more than once/,
        );
    });

    it("lets the egress gateway's namespace be anything while no import goes through it", () => {
        const raw = {
            cluster,
            egress: { via: "egress", namespace: "istio-system" },
            imports: [{ ...wanted, via: "direct" }],
        };
        assert.equal(parseConfig("cluster1", raw).kind, "cluster");
        assert.equal(parseConfig("cluster1", { ...raw, imports: [] }).kind, "cluster");
    });
});

describe("importVia", () => {
    it("is what the import says, else what the stack says", () => {
        for (const way of ["direct", "egress"] as const) {
            const result = parseConfig("cluster1", { cluster, egress: { via: way } });
            assert.ok(result.kind === "cluster");
            assert.deepEqual(
                [importVia(result.settings, {}), importVia(result.settings, { via: "direct" })],
                [way, "direct"],
            );
            assert.equal(importVia(result.settings, { via: "egress" }), "egress");
        }
    });
});

describe("exportAddress", () => {
    it("computes the address from the host, or takes the pinned one", () => {
        const entry = { ...httpbin, ports: [], subsets: {} };
        assert.deepEqual(exportAddress(entry, "global"), {
            host: "httpbin.bar.global",
            virtualAddress: virtualAddress("httpbin.bar.global"),
        });
        assert.deepEqual(exportAddress({ ...entry, virtualAddress: "240.0.0.2" }, "mesh"), {
            host: "httpbin.bar.mesh",
            virtualAddress: "240.0.0.2",
        });
    });
});
