import assert from "node:assert/strict";
import { importVia } from "../../lib/config/clusterStack";
import { defaultDnsImage } from "../../lib/config/dns";
import { exportAddress } from "../../lib/config/exports";
import { defaultIstioVersion } from "../../lib/config/istio";
import { parseConfig } from "../../lib/config/parse";
import { configMessage } from "../../lib/config/problem";
import { virtualAddress } from "../../lib/virtualAddress";

type Raw = Readonly<Record<string, unknown>>;

const cluster = { kubeconfig: ".lab/cluster1/kubeconfig", context: "cluster1" };
const port = { name: "http1", number: 8000, protocol: "HTTP" };
const httpbin = {
    service: "httpbin",
    namespace: "bar",
    ports: [port],
    selector: { app: "httpbin" },
    serviceAccount: "httpbin",
};
const wanted = { service: "cart", namespace: "shop", from: "cluster2" };

/** The whole message for a configuration that must be refused. */
function message(raw: Raw, stack = "cluster1"): string {
    const result = parseConfig(stack, raw);
    assert.ok(result.kind === "invalid");
    return configMessage(stack, result.problems);
}

/** The message with its lines. */
function problems(lines: readonly string[], stack = "cluster1"): string {
    const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
    return [
        `The configuration of stack "${stack}" (Pulumi.${stack}.yaml) has ${count}:`,
        ...lines.map((line) => `  - ${line}`),
    ].join("\n");
}

describe("parseConfig", () => {
    it("fills in every default of a cluster stack", () => {
        assert.deepEqual(parseConfig("cluster1", { cluster }), {
            kind: "cluster",
            settings: {
                cluster: { ...cluster, domain: "cluster.local", ranges: [] },
                mesh: { caStack: "ca", suffix: "global", trustDomain: "cluster.local" },
                istio: {
                    version: defaultIstioVersion,
                    repository: "https://istio-release.storage.googleapis.com/charts",
                    values: {},
                    ca: "mesh",
                    replaceCaCerts: false,
                    removeCrds: false,
                },
                gateway: { type: "NodePort", nodeAddressType: "InternalIP", replicas: 1 },
                egress: { via: "direct", namespace: "istio-egress", replicas: 1 },
                dns: { image: defaultDnsImage, replicas: 1, configMap: "coredns", deployment: "coredns" },
                exports: [],
                imports: [],
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
                root: { name: "root" },
                expiryWarningDays: 30,
                rootExpiryWarningDays: 365,
            },
        });
    });

    it("keeps what is set", () => {
        const raw = {
            cluster: { ...cluster, domain: "example.internal", ranges: ["10.241.0.0/16", "fd00::/64"] },
            mesh: { caStack: "certificates", suffix: "mesh", trustDomain: "example.com" },
            istio: {
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
                replicas: 2,
            },
            egress: { via: "egress", namespace: "way-out", replicas: 3 },
            dns: { image: "coredns:1", replicas: 2, configMap: "rke2-coredns", deployment: "rke2-coredns" },
            exports: [{ ...httpbin, ports: [{ ...port, targetPort: 8080 }], virtualAddress: "240.0.0.2" }],
            imports: [wanted, { service: "orders", namespace: "shop", from: "cluster3", via: "direct" }],
            sampleApps: {
                sleep: { namespace: "foo", image: "sleep:1" },
                httpbin: { namespace: "bar", image: "httpbin:1" },
            },
            connectivityCheck: true,
        };
        assert.deepEqual(parseConfig("cluster1", raw), { kind: "cluster", settings: raw });
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
                    serviceAccount: null,
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
                "cluster.kubeconfig must be a text",
                "cluster.context is missing; it must be a text",
                "cluster.ranges[0] must be a CIDR range such as 10.96.0.0/12",
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
                { service: "one", namespace: "bar", from: "cluster2" },
            ],
            connectivityCheck: true,
        };
        assert.equal(
            message(raw),
            problems([
                "exports[0].virtualAddress 240.5.0.2 is inside 240.5.0.0/16, a range that the cluster itself uses",
                "exports[3].virtualAddress 10.0.0.1 is outside 240.0.0.0/4, the pool of virtual addresses",
                "exports name two.bar.global more than once; remove one",
                "exports give 240.0.0.9 to one.bar.global and to two.bar.global; pin another virtualAddress for one of them",
                "imports[2].from is this cluster itself; an exported service has its mesh-wide name here without an import",
                "imports name cart.shop.global more than once; remove one",
                "imports name one.bar.global, which this cluster exports; remove one of the two",
                "connectivityCheck calls from the sleep sample, which is not deployed; add sampleApps.sleep",
            ]),
        );
    });

    const single: readonly (readonly [string, Raw, string])[] = [
        [
            "a stack without a kind",
            {},
            "ca or `cluster` must be set: `ca` for the certificate stack, `cluster` for one cluster",
        ],
        [
            "a stack of both kinds",
            { ca: { clusters: ["cluster1"] }, cluster },
            "ca and `cluster` are both set; one stack is either the certificate stack or one cluster",
        ],
        [
            "a cluster's setting in the certificate stack",
            { ca: { clusters: ["cluster1"] }, exports: [] },
            "exports is not a known setting; check the spelling against docs/configuration.md",
        ],
        ["no cluster to certify", { ca: { clusters: [] } }, "ca.clusters must name at least one cluster"],
        [
            "a cluster that is named twice",
            { ca: { clusters: ["a", "b", "a"] } },
            'ca.clusters names "a" more than once; remove one',
        ],
        [
            "an unknown key type",
            { ca: { clusters: ["a"], keyAlgorithm: "RSA-1024" } },
            "ca.keyAlgorithm must be ECDSA-P256 or RSA-4096",
        ],
        [
            "an intermediate that outlives the root",
            { ca: { clusters: ["a"], rootValidityDays: 300, intermediateValidityDays: 301 } },
            "ca.intermediateValidityDays is 301, longer than the root's 300; lower it",
        ],
        [
            "a renewal at every update",
            { ca: { clusters: ["a"], intermediateValidityDays: 90 } },
            "ca.intermediateRenewalDays is 90, so every update would renew a certificate of 90 days; lower it",
        ],
        [
            "a validity of nothing",
            { ca: { clusters: ["a"], intermediateRenewalDays: 0 } },
            "ca.intermediateRenewalDays must be at least one day",
        ],
        [
            "half a root",
            { ca: { clusters: ["a"], root: { certPem: "a", keyFile: "b" } } },
            "ca.root must have certPem and privateKeyPem, or certFile and keyFile, or none of the four for a root that is made here",
        ],
        [
            "a bad change of the root",
            { ca: { clusters: ["a"], rotation: { step: "next", to: { name: "b" } } } },
            "ca.rotation.step must be trust, reissue or retire",
        ],
        [
            "a new root with the name of the old one",
            { ca: { clusters: ["a"], rotation: { step: "trust", to: { name: "root" } } } },
            'ca.rotation.to.name is "root", as the present root is called; give the new root another name',
        ],
        [
            "to warn before the renewal",
            { ca: { clusters: ["a"], expiryWarningDays: 90 } },
            "ca.expiryWarningDays is 90, so it would warn of every intermediate that is about to be renewed at 90 days; lower it",
        ],
        ["an empty cluster", { cluster: null }, "cluster must be a map"],
        [
            "a node port beside a load balancer",
            { cluster, gateway: { type: "LoadBalancer", nodePort: 31443 } },
            "gateway.nodePort is set, but type is LoadBalancer; remove it, or set type to NodePort",
        ],
        [
            "a node port that is no port",
            { cluster, gateway: { nodePort: 65536 } },
            "gateway.nodePort must be a port from 1 to 65535",
        ],
        [
            "an address with a port",
            { cluster, gateway: { addresses: ["198.51.100.7:31443"] } },
            "gateway.addresses[0] must be an IP address or a host name, without a port",
        ],
        [
            "an unknown type of node address",
            { cluster, gateway: { nodeAddressType: "Hostname" } },
            "gateway.nodeAddressType must be InternalIP or ExternalIP",
        ],
        [
            "a way out that there is not",
            { cluster, imports: [{ ...wanted, via: "sideways" }] },
            "imports[0].via must be direct or egress",
        ],
        [
            "an empty domain of the cluster",
            { cluster: { ...cluster, domain: "" } },
            "cluster.domain must not be empty",
        ],
        [
            "an egress gateway beside istiod",
            { cluster, egress: { via: "egress", namespace: "istio-system" }, imports: [wanted] },
            "egress.namespace is istio-system, where istiod runs; nothing else may run beside the egress gateway, " +
                "so choose a namespace of its own",
        ],
        [
            "an egress gateway in a namespace of Kubernetes' own",
            { cluster, egress: { via: "egress", namespace: "kube-system" }, imports: [wanted] },
            "egress.namespace is kube-system, where Kubernetes itself runs; nothing else may run beside the egress " +
                "gateway, so choose a namespace of its own",
        ],
        [
            "an egress gateway beside a sample",
            {
                cluster,
                egress: { namespace: "foo" },
                imports: [{ ...wanted, via: "egress" }],
                sampleApps: { sleep: {} },
            },
            "egress.namespace is foo, where the sleep sample runs; nothing else may run beside the egress gateway, " +
                "so choose a namespace of its own",
        ],
        [
            "an egress gateway beside an exported service",
            {
                cluster,
                egress: { via: "egress", namespace: "bar" },
                exports: [httpbin],
                imports: [wanted],
                sampleApps: { httpbin: { namespace: "other" } },
            },
            "egress.namespace is bar, where httpbin.bar.global runs; nothing else may run beside the egress gateway, " +
                "so choose a namespace of its own",
        ],
        [
            "an export without ports",
            { cluster, exports: [{ ...httpbin, ports: [] }] },
            "exports[0].ports must name at least one port",
        ],
        [
            "two ports of one name",
            { cluster, exports: [{ ...httpbin, ports: [port, { ...port, number: 8001 }] }] },
            'exports[0].ports names port "http1" more than once; rename one',
        ],
        [
            "two ports of one number",
            { cluster, exports: [{ ...httpbin, ports: [port, { ...port, name: "http2" }] }] },
            "exports[0].ports has port 8000 more than once; remove one",
        ],
        [
            "a virtual address that is none",
            { cluster, exports: [{ ...httpbin, virtualAddress: "httpbin" }] },
            'exports[0].virtualAddress "httpbin" is not an IPv4 address; use one such as 240.0.0.2',
        ],
        [
            "a computed virtual address that the cluster uses",
            { cluster: { ...cluster, ranges: ["240.0.0.0/4"] }, exports: [httpbin] },
            `exports[0].virtualAddress ${virtualAddress("httpbin.bar.global")} is inside 240.0.0.0/4, ` +
                "a range that the cluster itself uses; pin another one here",
        ],
    ];
    for (const [what, raw, line] of single) {
        it(`refuses ${what}`, () => {
            assert.equal(message(raw), problems([line]));
        });
    }

    it("lets the egress gateway's namespace be anything while no import goes through it", () => {
        const raw = {
            cluster,
            egress: { via: "egress", namespace: "istio-system" },
            imports: [{ ...wanted, via: "direct" }],
        };
        assert.equal(parseConfig("cluster1", raw).kind, "cluster");
        assert.equal(parseConfig("cluster1", { ...raw, imports: [] }).kind, "cluster");
    });

    it("refuses a cluster's name that is no DNS label", () => {
        assert.equal(
            message({ cluster }, "Cluster_1"),
            problems(
                ['(stack name) "Cluster_1" is the cluster\'s name and must be a DNS label; rename the stack'],
                "Cluster_1",
            ),
        );
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
        const entry = { ...httpbin, ports: [] };
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
