import { cluster, wanted } from "../support/stackFile";
import type { Rows } from "./sections";
import { exporting, keyRule, labelRule, type StackFile, unknownSetting, withPort } from "./stackFile";

const nameRule =
    "must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most";
const ownNamespace = "nothing else may run beside the egress gateway, so choose a namespace of its own";
const inside = { addresses: ["10.0.0.5"], port: 15443 };

/** What a stack file can have wrong beside its exports and imports. */
export const settings: Rows<StackFile> = {
    "Any stack file": [
        ["a key that is not known", `import ${unknownSetting}`, { cluster, import: [] }],
        [
            "a key inside a setting that is not known",
            `mesh.sufix ${unknownSetting}`,
            { cluster, mesh: { sufix: "x" } },
        ],
        [
            "a required text that is missing",
            "cluster.context is missing; it must be a text",
            { cluster: { kubeconfig: "k" } },
        ],
        [
            "a context that is missing, where no kubeconfig brings one along",
            "cluster.context is missing; it must be a text",
            { cluster: {} },
        ],
        [
            "a kubeconfig that is neither a path, nor content, nor an output",
            "cluster.kubeconfig must be the path of a file, `content` with an encrypted kubeconfig, or `stack` and `output` " +
                "of another stack that has one",
            { cluster: { kubeconfig: { stack: "infra" }, context: "west" } },
        ],
        [
            "a kubeconfig with a key in plain text",
            "cluster.kubeconfig.content holds credentials in plain text; put in a new kubeconfig, encrypted: `pulumi config " +
                "set --secret --path PROJECT:cluster.kubeconfig.content --stack STACK < FILE`",
            { cluster: { kubeconfig: { content: "users: [{ name: me, user: { token: t } }]" } } },
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
        [
            "something that is no text",
            "cluster.context must be a text",
            { cluster: { ...cluster, context: 1 } },
        ],
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
            `exports ${unknownSetting}`,
            { ca: { clusters: ["cluster1"] }, exports: [] },
        ],
        [
            "a stack's name that is no DNS label",
            '(stack name) "Cluster_1" is the cluster\'s name and must be a DNS label; rename the stack',
            { cluster },
            "Cluster_1",
        ],
    ],
    "Cluster, Istio, gateways and DNS": [
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
            "ranges for a Service that is no load balancer",
            "gateway.sourceRanges is set, but type is NodePort; remove it, or set type to LoadBalancer",
            { cluster, gateway: { sourceRanges: ["192.0.2.0/24"] } },
        ],
        [
            "an empty list of ranges",
            "gateway.sourceRanges must name at least one range, or be left out",
            { cluster, gateway: { type: "LoadBalancer", sourceRanges: [] } },
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
        [
            "an unknown way out",
            "egress.via must be direct or egress",
            { cluster, egress: { via: "sideways" } },
        ],
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
    ],
    "Gateway addresses": [
        [
            "a port for addresses that are not given",
            "gateway.port is the port on gateway.addresses, which is not set; set that too, or use nodePort to choose " +
                "the port on the nodes",
            { cluster, gateway: { port: 443 } },
        ],
        [
            "a port of the addresses that is none",
            "gateway.port must be a port from 1 to 65535",
            { cluster, gateway: { addresses: ["198.51.100.7"], port: 0 } },
        ],
        [
            "other addresses for the cluster itself",
            "gateway.peerAddresses.cluster1 is this cluster itself; name the cluster that imports from it",
            { cluster, gateway: { peerAddresses: { cluster1: inside } } },
        ],
        [
            "other addresses for a name that is no cluster's",
            "gateway.peerAddresses.Cluster_2 must be a DNS label: lower-case letters, digits and dashes, 63 characters at most",
            { cluster, gateway: { peerAddresses: { Cluster_2: inside } } },
        ],
        [
            "no address for a peer",
            "gateway.peerAddresses.cluster2.addresses must name at least one address",
            { cluster, gateway: { peerAddresses: { cluster2: { addresses: [] } } } },
        ],
        [
            "a peer's address with a port",
            "gateway.peerAddresses.cluster2.addresses[0] must be an IP address or a host name, without a port",
            { cluster, gateway: { peerAddresses: { cluster2: { addresses: ["10.0.0.5:15443"] } } } },
        ],
        [
            "a peer's port that is none",
            "gateway.peerAddresses.cluster2.port must be a port from 1 to 65535",
            { cluster, gateway: { peerAddresses: { cluster2: { ...inside, port: 65536 } } } },
        ],
        [
            "an annotation that is no text",
            'gateway.annotations["example.com/internal"] must be a text',
            { cluster, gateway: { annotations: { "example.com/internal": true } } },
        ],
    ],
    Policies: [
        [
            "an unknown setting of the policies",
            "policy.producton is not a known setting; check the spelling against docs/configuration.md",
            { cluster, policy: { producton: true } },
        ],
        [
            "a size of keys that is none",
            "policy.minimumRsaBits must be 2048 or more",
            { ca: { clusters: ["a"] }, policy: { minimumRsaBits: 1024 } },
        ],
    ],
    Certificates: [
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
        [
            "half a root",
            "ca.root must have certPem and privateKeyPem, or certFile and keyFile, or certPem or certFile with intermediates that it has signed, or none of these for a root that is made here",
            { ca: { clusters: ["a"], root: { certPem: "a", keyFile: "b" } } },
        ],
        [
            "a cluster without an intermediate, where the root's key is elsewhere",
            "ca.root.intermediates.b is missing, and the root's key is not here to sign it; give the cluster's intermediate",
            {
                ca: {
                    clusters: ["a", "b"],
                    root: { certFile: "r", intermediates: { a: { certFile: "c", keyFile: "k" } } },
                },
            },
        ],
        [
            "an intermediate for a cluster that is not there",
            "ca.root.intermediates.b is for no cluster of ca.clusters (a); correct the name or take it out",
            {
                ca: {
                    clusters: ["a"],
                    root: {
                        certFile: "r",
                        intermediates: {
                            a: { certFile: "c", keyFile: "k" },
                            b: { certFile: "c", keyFile: "k" },
                        },
                    },
                },
            },
        ],
        [
            "half an intermediate",
            "ca.root.intermediates.a must have certPem and privateKeyPem, or certFile and keyFile",
            { ca: { clusters: ["a"], root: { certFile: "r", intermediates: { a: { certFile: "c" } } } } },
        ],
        [
            "an unknown step",
            "ca.rotation.step must be trust, reissue or retire",
            { ca: { clusters: ["a"], rotation: { step: "next", to: { name: "b" } } } },
        ],
        [
            "a new root with the old name",
            'ca.rotation.to.name is "root", as the present root is called; give the new root another name',
            { ca: { clusters: ["a"], rotation: { step: "trust", to: { name: "root" } } } },
        ],
        [
            "a warning that comes before the renewal",
            "ca.expiryWarningDays is 90, so it would warn of every intermediate that is about to be renewed at 90 days; lower it",
            { ca: { clusters: ["a"], expiryWarningDays: 90 } },
        ],
    ],
    "Suffixes and kinds of cluster DNS": [
        ["no suffix", "mesh.suffixes must name at least one suffix", { cluster, mesh: { suffixes: [] } }],
        [
            "a suffix that is no DNS name",
            "mesh.suffixes[0] must be a DNS name such as global or mesh.example: labels of lower-case letters, digits and dashes, " +
                "100 characters at most",
            { cluster, mesh: { suffixes: ["Corp"] } },
        ],
        [
            "a suffix twice",
            "mesh.suffixes name corp more than once; remove one",
            { cluster, mesh: { suffixes: ["corp", "corp"] } },
        ],
        [
            "a suffix inside another",
            "mesh.suffixes name mesh.corp, which is inside corp; remove one of the two",
            { cluster, mesh: { suffixes: ["corp", "mesh.corp"] } },
        ],
        [
            "a zone of reverse lookups",
            "mesh.suffixes name 10.in-addr.arpa, a zone of reverse lookups; remove it",
            { cluster, mesh: { suffixes: ["10.in-addr.arpa"] } },
        ],
        [
            "a suffix around the cluster's domain",
            "mesh.suffixes name local, which would hide names of the cluster's own domain cluster.local; choose another suffix",
            { cluster, mesh: { suffixes: ["local"] } },
        ],
        [
            "a suffix inside the cluster's domain",
            "mesh.suffixes name mesh.cluster.local, which would hide names of the cluster's own domain cluster.local; choose " +
                "another suffix",
            { cluster, mesh: { suffixes: ["mesh.cluster.local"] } },
        ],
        [
            "an export or an import with a suffix that the mesh does not have",
            "exports[0].suffix is crop, which mesh.suffixes does not name (global, corp); add it there, or correct it",
            { ...exporting({ suffix: "crop" }), mesh: { suffixes: ["global", "corp"] } },
        ],
        [
            "an unknown adapter",
            "dns.adapter must be coredns, coredns-custom, kube-dns, none or sidecar",
            { cluster, dns: { adapter: "bind" } },
        ],
        [
            "`dns.configMap` or `dns.deployment` beside `none` or `sidecar`",
            "dns.configMap is set, but dns.adapter is sidecar, which changes nothing in the cluster's DNS; remove it",
            { cluster, dns: { adapter: "sidecar", configMap: "coredns" } },
        ],
    ],
    "An Istio that is there, revisions and namespaces": [
        [
            "`istio.namespace` with an Istio of our own",
            "istio.namespace is istio-control, but what this project installs is in istio-system; remove it, or set " +
                "istio.install to false to use the Istio of istio-control",
            { cluster, istio: { namespace: "istio-control" } },
        ],
        [
            "`istio.revision` is not among `istio.revisions`",
            "istio.revision is 1-31, which istio.revisions does not name; add it there, or choose one that is",
            { cluster, istio: { revision: "1-31", revisions: { "1-30": {} } } },
        ],
        [
            "`istio.revisions` with `install: false`",
            "istio.revisions are control planes to install, but istio.install is false; remove one of the two",
            {
                cluster,
                istio: {
                    install: false,
                    namespace: "istio-control",
                    revision: "1-31",
                    revisions: { "1-30": {} },
                },
            },
        ],
        [
            "a revision that is no name",
            'istio.revisions names "A_B", which is no revision: lower-case letters, digits and dashes',
            { cluster, istio: { revisions: { default: {}, A_B: {} } } },
        ],
        [
            "another level of Pod Security",
            "istio.podSecurity must be restricted, baseline or privileged",
            { cluster, istio: { podSecurity: "none" } },
        ],
    ],
};
