import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse";
import { configMessage } from "../../../lib/base/problem";
import { virtualAddress } from "../../../lib/base/virtualAddress";
import { itRefuses, type Refusal } from "../../support/refusals";
import { cluster, httpbin, port, type Raw, wanted } from "../../support/stackFile";

/** What is wrong, the line about it, the settings, and the stack's name unless it is `cluster1`. */
type Case = readonly [cause: string, line: string, raw: Raw, stack?: string];

/** The settings of a cluster that exports httpbin with some changes. */
function exporting(...changes: readonly Raw[]): Raw {
    return { cluster, exports: changes.map((change) => ({ ...httpbin, ...change })) };
}

function withPort(changes: Raw): Raw {
    return exporting({ ports: [{ ...port, ...changes }] });
}

/** One problem of a stack file, in the whole message. */
function alone(line: string): string {
    const stack = line.startsWith("(stack name)") ? "Cluster_1" : "cluster1";
    return `The configuration of stack "${stack}" (Pulumi.${stack}.yaml) has 1 problem:\n  - ${line}`;
}

function refusesFiles(section: string, cases: readonly Case[]): void {
    const refusals = cases.map(([cause, line, raw, stack = "cluster1"]): Refusal => ({
        cause,
        line,
        said: () => {
            const result = parseConfig(stack, raw);
            assert.ok(result.kind === "invalid", "the settings are taken");
            return configMessage(stack, result.problems);
        },
    }));
    itRefuses(__filename, section, alone, refusals);
}

const labelRule = "must be a DNS label: lower-case letters, digits and dashes, 63 characters at most";
const nameRule =
    "must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most";
const keyRule =
    "is no key that Kubernetes takes: letters, digits, dashes, underscores and dots, 63 characters at most, that begin and " +
    "end with a letter or a digit; a DNS name and a slash may stand before them";
const valueRule =
    "must be a label's value: letters, digits, dashes, underscores and dots, 63 characters at most, that begin and end with a " +
    "letter or a digit";
const unknown = "is not a known setting; check the spelling against docs/configuration.md";
const ownNamespace = "nothing else may run beside the egress gateway, so choose a namespace of its own";

refusesFiles("Any stack file", [
    ["a key that is not known", `import ${unknown}`, { cluster, import: [] }],
    ["a key inside a setting that is not known", `mesh.sufix ${unknown}`, { cluster, mesh: { sufix: "x" } }],
    [
        "a required text that is missing",
        "cluster.context is missing; it must be a text",
        { cluster: { kubeconfig: "k" } },
    ],
    [
        "a required number that is missing",
        "exports[0].ports[0].number is missing; it must be a number",
        withPort({ number: undefined }),
    ],
    [
        "a required list that is missing",
        "exports[0].ports is missing; it must be a list",
        exporting({ ports: undefined }),
    ],
    [
        "a required map that is missing",
        "exports[0].selector is missing; it must be a map",
        exporting({ selector: undefined }),
    ],
    ["something that is no text", "cluster.context must be a text", { cluster: { ...cluster, context: 1 } }],
    ["an empty text", "dns.image must not be empty", { cluster, dns: { image: "" } }],
    [
        "something that is no number",
        "gateway.nodePort must be a number",
        { cluster, gateway: { nodePort: "31443" } },
    ],
    ["a fraction", "gateway.replicas must be a whole number", { cluster, gateway: { replicas: 1.5 } }],
    ["something that is no list", "imports must be a list", { cluster, imports: {} }],
    ["something that is no map", "istio.values must be a map", { cluster, istio: { values: [] } }],
    [
        "neither true nor false",
        "connectivityCheck must be true or false",
        { cluster, connectivityCheck: "yes" },
    ],
    ["a text where a map belongs", "mesh must be a map", { cluster, mesh: "yes" }],
    ["an empty cluster", "cluster is missing; it must be a map", { cluster: null }],
    ["a name that is no DNS label", `exports[0].service ${labelRule}`, exporting({ service: "Httpbin" })],
    [
        "a name of more than 63 characters",
        `imports[0].namespace ${labelRule}`,
        { cluster, imports: [{ ...wanted, namespace: "n".repeat(64) }] },
    ],
    [
        "a stack of neither kind",
        "ca or `cluster` must be set: `ca` for the certificate stack, `cluster` for one cluster",
        {},
    ],
    [
        "a stack of both kinds",
        "ca and `cluster` are both set; one stack is either the certificate stack or one cluster",
        { ca: { clusters: ["cluster1"] }, cluster },
    ],
    [
        "a cluster's setting in the certificate stack",
        `exports ${unknown}`,
        { ca: { clusters: ["cluster1"] }, exports: [] },
    ],
    [
        "a stack's name that is no DNS label",
        '(stack name) "Cluster_1" is the cluster\'s name and must be a DNS label; rename the stack',
        { cluster },
        "Cluster_1",
    ],
]);

refusesFiles("Certificates", [
    ["no cluster", "ca.clusters must name at least one cluster", { ca: { clusters: [] } }],
    [
        "a cluster that is named twice",
        'ca.clusters names "a" more than once; remove one',
        { ca: { clusters: ["a", "b", "a"] } },
    ],
    [
        "a cluster's name that is no DNS label",
        `ca.clusters[1] ${labelRule}`,
        { ca: { clusters: ["a", "b.c"] } },
    ],
    [
        "an unknown key type",
        "ca.keyAlgorithm must be ECDSA-P256 or RSA-4096",
        { ca: { clusters: ["a"], keyAlgorithm: "RSA-1024" } },
    ],
    [
        "less than a day",
        "ca.intermediateRenewalDays must be at least one day",
        { ca: { clusters: ["a"], intermediateRenewalDays: 0 } },
    ],
    [
        "an intermediate that outlives the root",
        "ca.intermediateValidityDays is 301, longer than the root's 300; lower it",
        { ca: { clusters: ["a"], rootValidityDays: 300, intermediateValidityDays: 301 } },
    ],
    [
        "a renewal at every update",
        "ca.intermediateRenewalDays is 90, so every update would renew a certificate of 90 days; lower it",
        { ca: { clusters: ["a"], intermediateValidityDays: 90 } },
    ],
]);

refusesFiles("Cluster, Istio, gateways and DNS", [
    [
        "a range that is none",
        "cluster.ranges[0] must be a CIDR range such as 10.96.0.0/12",
        { cluster: { ...cluster, ranges: ["10.96.0.0"] } },
    ],
    [
        "a cluster's domain that is no DNS name",
        `cluster.domain ${nameRule}`,
        { cluster: { ...cluster, domain: "cluster..local" } },
    ],
    [
        "a trust domain that is no DNS name",
        `mesh.trustDomain ${nameRule}`,
        { cluster, mesh: { trustDomain: "spiffe://example.com" } },
    ],
    [
        "an Istio version that is not whole",
        "istio.version must be a full version such as 1.30.5",
        { cluster, istio: { version: "1.30" } },
    ],
    [
        "an Istio version that is too old",
        "istio.version must be 1.22.0 or newer, since older releases don't serve networking.istio.io/v1",
        { cluster, istio: { version: "1.21.6" } },
    ],
    [
        "a Helm repository that is no URL",
        "istio.repository must be a URL",
        { cluster, istio: { repository: "charts" } },
    ],
    [
        "one chart folder of the two",
        "istio.charts.istiod is missing; it must be a text",
        { cluster, istio: { charts: { base: "charts/base" } } },
    ],
    [
        "an unknown type of Service",
        "gateway.type must be NodePort or LoadBalancer",
        { cluster, gateway: { type: "ClusterIP" } },
    ],
    [
        "a node port that is no port",
        "gateway.nodePort must be a port from 1 to 65535",
        { cluster, gateway: { nodePort: 65536 } },
    ],
    [
        "a node port beside a load balancer",
        "gateway.nodePort is set, but type is LoadBalancer; remove it, or set type to NodePort",
        { cluster, gateway: { type: "LoadBalancer", nodePort: 31443 } },
    ],
    [
        "an annotation whose key can't be one",
        `gateway.annotations["a/b/c"] ${keyRule}`,
        { cluster, gateway: { annotations: { "a/b/c": "x" } } },
    ],
    [
        "an unknown type of node address",
        "gateway.nodeAddressType must be InternalIP or ExternalIP",
        { cluster, gateway: { nodeAddressType: "Hostname" } },
    ],
    [
        "a gateway address with a port",
        "gateway.addresses[0] must be an IP address or a host name, without a port",
        { cluster, gateway: { addresses: ["198.51.100.7:31443"] } },
    ],
    [
        "an empty list of gateway addresses",
        "gateway.addresses must name at least one address, or be left out",
        { cluster, gateway: { addresses: [] } },
    ],
    ["no replica", "dns.replicas must be at least 1", { cluster, dns: { replicas: 0 } }],
    [
        "an amount that is none",
        "egress.resources.limits.memory must be a quantity such as 500m or 128Mi",
        { cluster, egress: { resources: { limits: { memory: "128MB" } } } },
    ],
    [
        "a request above its limit",
        "gateway.resources.requests.cpu is 1500m, more than the limit of 1; lower it, or raise limits.cpu",
        { cluster, gateway: { resources: { requests: { cpu: "1500m" }, limits: { cpu: "1" } } } },
    ],
    ["an unknown way out", "egress.via must be direct or egress", { cluster, egress: { via: "sideways" } }],
    [
        "an unknown way out of one import",
        "imports[0].via must be direct or egress",
        { cluster, imports: [{ ...wanted, via: "sideways" }] },
    ],
    [
        "an egress gateway beside istiod",
        `egress.namespace is istio-system, where istiod runs; ${ownNamespace}`,
        { cluster, egress: { via: "egress", namespace: "istio-system" }, imports: [wanted] },
    ],
    [
        "an egress gateway in a namespace of Kubernetes' own",
        `egress.namespace is kube-system, where Kubernetes itself runs; ${ownNamespace}`,
        { cluster, egress: { via: "egress", namespace: "kube-system" }, imports: [wanted] },
    ],
    [
        "an egress gateway beside a sample",
        `egress.namespace is foo, where the sleep sample runs; ${ownNamespace}`,
        {
            cluster,
            egress: { namespace: "foo" },
            imports: [{ ...wanted, via: "egress" }],
            sampleApps: { sleep: {} },
        },
    ],
    [
        "an egress gateway beside an exported service",
        `egress.namespace is bar, where httpbin.bar.global runs; ${ownNamespace}`,
        { ...exporting({}), egress: { via: "egress", namespace: "bar" }, imports: [wanted] },
    ],
    [
        "a connectivity check without its client",
        "connectivityCheck calls from the sleep sample, which is not deployed; add sampleApps.sleep",
        { cluster, connectivityCheck: true },
    ],
]);

const addressAt = "exports[0].virtualAddress";
const pool = "240.0.0.0/4";

refusesFiles("Exports", [
    [
        "a port without a name",
        "exports[0].ports[0].name is missing; it must be a text",
        withPort({ name: undefined }),
    ],
    [
        "UDP, or another unknown protocol",
        "exports[0].ports[0].protocol must be HTTP, HTTP2, GRPC, TCP, TLS, HTTPS or MONGO",
        withPort({ protocol: "UDP" }),
    ],
    [
        "a port out of range",
        "exports[0].ports[0].number must be a port from 1 to 65535",
        withPort({ number: 70000 }),
    ],
    [
        "a target port out of range",
        "exports[0].ports[0].targetPort must be a port from 1 to 65535",
        withPort({ targetPort: 0 }),
    ],
    ["no port", "exports[0].ports must name at least one port", exporting({ ports: [] })],
    [
        "two ports of one name",
        'exports[0].ports names port "http1" more than once; rename one',
        exporting({ ports: [port, { ...port, number: 8001 }] }),
    ],
    [
        "two ports of one number",
        "exports[0].ports has port 8000 more than once; remove one",
        exporting({ ports: [port, { ...port, name: "http2" }] }),
    ],
    [
        "no label to select by",
        "exports[0].selector must name at least one label, or it would select every pod of the namespace",
        exporting({ selector: {} }),
    ],
    [
        "a label whose key can't be one",
        `exports[0].selector["app space"] ${keyRule}`,
        exporting({ selector: { "app space": "httpbin" } }),
    ],
    [
        "a label whose value can't be one",
        `exports[0].selector.app ${valueRule}`,
        exporting({ selector: { app: "a b" } }),
    ],
    [
        "a label without a value behind its key",
        "exports[0].selector.version must be a text",
        exporting({ selector: { app: "httpbin", version: null } }),
    ],
    [
        "a version's label that can't be one",
        `exports[0].subsets.v1["app.kubernetes.io/version"] ${valueRule}`,
        exporting({ subsets: { v1: { "app.kubernetes.io/version": "v1/2" } } }),
    ],
    [
        "a host that is exported twice",
        "exports name httpbin.bar.global more than once; remove one",
        exporting({}, {}),
    ],
    [
        "one address for two hosts",
        "exports give 240.0.0.9 to httpbin.bar.global and to two.bar.global; pin another virtualAddress for one of them",
        exporting({ virtualAddress: "240.0.0.9" }, { service: "two", virtualAddress: "240.0.0.9" }),
    ],
    [
        "a virtual address that is none",
        `${addressAt} "httpbin" is not an IPv4 address; use one such as 240.0.0.2`,
        exporting({ virtualAddress: "httpbin" }),
    ],
    [
        "a multicast address",
        `${addressAt} 224.0.0.1 is a multicast address, to which pods have no route; use one of ${pool}`,
        exporting({ virtualAddress: "224.0.0.1" }),
    ],
    [
        "a loopback address",
        `${addressAt} 127.255.0.2 is a loopback address, which a sidecar treats as its own pod; use one of ${pool}`,
        exporting({ virtualAddress: "127.255.0.2" }),
    ],
    [
        "an address outside the pool",
        `${addressAt} 10.0.0.1 is outside ${pool}, the pool of virtual addresses`,
        exporting({ virtualAddress: "10.0.0.1" }),
    ],
    [
        "an address of istiod's own",
        `${addressAt} 240.240.0.1 is inside 240.240.0.0/16, which is reserved: istiod assigns addresses from it by itself`,
        exporting({ virtualAddress: "240.240.0.1" }),
    ],
    [
        "an address of the broadcast block",
        `${addressAt} 255.255.255.255 is inside 255.0.0.0/8, which is reserved: it holds the limited broadcast address`,
        exporting({ virtualAddress: "255.255.255.255" }),
    ],
    [
        "an address inside the configured ranges",
        `${addressAt} 240.5.0.2 is inside 240.5.0.0/16, a range that the cluster itself uses`,
        {
            ...exporting({ virtualAddress: "240.5.0.2" }),
            cluster: { ...cluster, ranges: ["240.5.0.0/16"] },
        },
    ],
    [
        "a computed address inside the configured ranges",
        `${addressAt} ${virtualAddress("httpbin.bar.global")} is inside ${pool}, a range that the cluster itself uses; pin another one here`,
        { ...exporting({}), cluster: { ...cluster, ranges: [pool] } },
    ],
]);

refusesFiles("Imports", [
    [
        "an import from the cluster itself",
        "imports[0].from is this cluster itself; an exported service has its mesh-wide name here without an import",
        { cluster, imports: [{ ...wanted, from: "cluster1" }] },
    ],
    [
        "a host that is imported twice",
        "imports name cart.shop.global more than once; remove one",
        { cluster, imports: [wanted, { ...wanted, from: "cluster3" }] },
    ],
]);
