import { virtualAddress } from "../../lib/base/virtualAddress";
import { cluster, port, type Raw, wanted } from "../support/stackFile";
import type { Rows } from "./sections";
import { exporting, keyRule, labelRule, type StackFile, withPort } from "./stackFile";

const valueRule =
    "must be a label's value: letters, digits, dashes, underscores and dots, 63 characters at most, that begin and end with a " +
    "letter or a digit";
const addressAt = "exports[0].virtualAddress";
const pool = "240.0.0.0/4";
const sleep = { namespace: "foo", serviceAccount: "sleep" };
/** An import of the service that {@link exporting} exports. */
const own = { service: "httpbin", namespace: "bar", from: "cluster2" };

/** The settings of a cluster that imports one service with some changes. */
function importing(changes: Raw): Raw {
    return { cluster, imports: [{ ...wanted, ...changes }] };
}

/** What a stack file can have wrong about its exports and imports. */
export const services: Rows<StackFile> = {
    Teams: [
        [
            "an owner of an export that nobody is",
            "exports[0].owner is shpo, but the teams of cluster1 name only shop (did you mean shop?); correct it, or add teams.shpo",
            { ...exporting({ owner: "shpo" }), teams: { shop: {} } },
        ],
        [
            "an owner of an import that nobody is",
            "imports[0].owner is web, but the teams of cluster1 name nobody; correct it, or add teams.web",
            importing({ owner: "web" }),
        ],
        [
            "a grant for a namespace twice",
            "teams.shop.namespaces name bar more than once; remove one",
            { cluster, teams: { shop: { namespaces: ["bar", "bar"] } } },
        ],
        [
            "a grant for a namespace to two teams",
            "teams.web.namespaces name bar, which teams.shop.namespaces name already; a namespace has one team, so remove it " +
                "from one of them",
            { cluster, teams: { shop: { namespaces: ["bar"] }, web: { namespaces: ["bar"] } } },
        ],
        [
            "an import that no namespace sees",
            "imports[0].namespaces must name at least one namespace, or be left out, which lets every namespace call it",
            importing({ namespaces: [] }),
        ],
        [
            "an import that a namespace sees twice",
            "imports[0].namespaces name foo more than once; remove one",
            importing({ namespaces: ["foo", "foo"] }),
        ],
        [
            "an import of an own export that some namespaces alone are to see",
            "imports[0].namespaces limit httpbin.bar.global, which this cluster exports too: its own and the remote pods are one " +
                "service to every namespace that sees it; remove them, or the export",
            { ...exporting({}), imports: [{ ...own, namespaces: ["foo"] }] },
        ],
        [
            "a caller of no cluster and no namespace",
            "exports[0].allowedFrom[0] must name a cluster, a namespace or both; leave allowedFrom out to let every caller in",
            exporting({ allowedFrom: [{}] }),
        ],
        [
            "a caller's service account without its namespace",
            "exports[0].allowedFrom[0].serviceAccount is set without the namespace that it is in; add that",
            exporting({ allowedFrom: [{ cluster: "cluster2", serviceAccount: "sleep" }] }),
        ],
    ],
    Exports: [
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
            "exports name httpbin.bar.global more than once (exports[0], exports[1]); remove one",
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
    ],
    Security: [
        [
            "nobody",
            "exports[0].allowedFrom must name at least one caller, or be left out, which lets every caller in",
            exporting({ allowedFrom: [] }),
        ],
        [
            "different callers for one port of the same pods",
            "exports[1].allowedFrom is not the same as exports[0].allowedFrom, but echo.bar.global and httpbin.bar.global are " +
                "port 8000 of the same pods, where a call for the one can't be told from a call for the other; make the two equal",
            exporting({ allowedFrom: [sleep] }, { service: "echo" }),
        ],
        [
            "aliases that make trust domains one, where a caller's cluster is named",
            "istio.values.meshConfig.trustDomainAliases makes several trust domains one, so that exports could not let in the " +
                "callers of one cluster alone; remove it, and name the trust domains in mesh.acceptedTrustDomains",
            {
                ...exporting({ allowedFrom: [{ ...sleep, cluster: "cluster1" }] }),
                istio: { values: { meshConfig: { trustDomainAliases: ["c1.mesh"] } } },
            },
        ],
    ],
    Imports: [
        [
            "an import from the cluster itself",
            "imports[0].from is this cluster itself; an exported service has its mesh-wide name here without an import",
            { cluster, imports: [{ ...wanted, from: "cluster1" }] },
        ],
        [
            "a host that is imported twice",
            "imports name cart.shop.global more than once (imports[0], imports[1]); remove one",
            { cluster, imports: [wanted, { ...wanted, from: "cluster3" }] },
        ],
    ],
    "Several clusters, and versions": [
        [
            "own pods and an egress gateway",
            "imports[0].via is egress, but this cluster exports httpbin.bar.global too, and calls to its own pods can't go through " +
                "the egress gateway; set it to direct, or remove the export",
            { ...exporting({}), imports: [{ ...own, via: "egress" }] },
        ],
        [
            "own pods and versions",
            "imports[0].routes can't choose versions of httpbin.bar.global, which this cluster exports too: a remote gateway stands " +
                "for all versions, an own pod for one; remove the routes, or the export",
            { ...exporting({}), imports: [{ ...own, routes: [{ to: { v1: 1 } }] }] },
        ],
        [
            "the cluster itself among several",
            "imports[0].from names this cluster itself; an exported service has its mesh-wide name here without an import",
            importing({ from: ["cluster2", "cluster1"] }),
        ],
        ["no exporter", "imports[0].from must name at least one cluster", importing({ from: [] })],
        [
            "an exporter twice",
            "imports[0].from names cluster2 more than once; remove one",
            importing({ from: ["cluster2", "cluster3", "cluster2"] }),
        ],
        [
            "an unknown balance",
            "imports[0].balance must be failover, nearest or spread",
            importing({ balance: "random" }),
        ],
        [
            "a locality that is none",
            "cluster.locality must be REGION or REGION/ZONE, such as eu-west-1/eu-west-1a",
            { cluster: { ...cluster, locality: "here/there/everywhere" } },
        ],
        [
            "a duration that is none",
            "imports[0].outlierDetection.interval must be a duration such as 500ms, 30s or 2m",
            importing({ outlierDetection: { interval: "5" } }),
        ],
        [
            "a count below 0",
            "imports[0].outlierDetection.consecutiveGatewayErrors must be 0 (never) or more",
            importing({ outlierDetection: { consecutiveGatewayErrors: -1 } }),
        ],
        [
            "a count below 1",
            "imports[0].outlierDetection.consecutiveLocalOriginFailures must be at least 1",
            importing({ outlierDetection: { consecutiveLocalOriginFailures: 0 } }),
        ],
        [
            "a percentage that is none",
            "imports[0].outlierDetection.maxEjectionPercent must be from 1 to 100",
            importing({ outlierDetection: { maxEjectionPercent: 101 } }),
        ],
        [
            "a connect timeout that is none",
            "imports[0].connectionPool.tcp.connectTimeout must be a duration such as 500ms, 30s or 2m",
            importing({ connectionPool: { tcp: { connectTimeout: "2" } } }),
        ],
        [
            "keep-alives by parts of a second",
            "imports[0].connectionPool.tcp.tcpKeepalive.time must be whole seconds, minutes or hours, such as 30s or 2m",
            importing({ connectionPool: { tcp: { tcpKeepalive: { time: "500ms" } } } }),
        ],
        [
            "keep-alives more seldom than Linux knows",
            "imports[0].connectionPool.tcp.tcpKeepalive.interval must be 32767s or less, which is the longest that Linux takes",
            importing({ connectionPool: { tcp: { tcpKeepalive: { interval: "10h" } } } }),
        ],
        [
            "more keep-alives than Linux knows",
            "imports[0].connectionPool.tcp.tcpKeepalive.probes must be from 1 to 127",
            importing({ connectionPool: { tcp: { tcpKeepalive: { probes: 128 } } } }),
        ],
        [
            "no call on a connection",
            "imports[0].connectionPool.http.maxConcurrentStreams must be at least 1",
            importing({ connectionPool: { http: { maxConcurrentStreams: 0 } } }),
        ],
        [
            "a field of Istio's that is the mesh's own",
            "imports[0].connectionPool.tcp.maxConnectionDuration is not a known setting; check the spelling against docs/configuration.md",
            importing({ connectionPool: { tcp: { maxConnectionDuration: "1h" } } }),
        ],
        [
            "a timeout that is none",
            "imports[0].timeout must be a duration such as 500ms, 30s or 2m",
            importing({ timeout: "0s" }),
        ],
        [
            "a timeout of a single try that is none",
            "imports[0].retries.perTryTimeout must be a duration such as 500ms, 30s or 2m",
            importing({ retries: { perTryTimeout: "soon" } }),
        ],
        [
            "fewer repeated calls than none",
            "imports[0].retries.attempts must be 0 (never) or more",
            importing({ retries: { attempts: -1 } }),
        ],
        [
            "conditions for calls that are never repeated",
            "imports[0].retries has attempts 0, which repeats no call; remove perTryTimeout and retryOn, or set attempts to 1 or more",
            importing({ retries: { attempts: 0, retryOn: "503" } }),
        ],
        [
            "a condition at its former place",
            "imports[0].retryOn is retries.retryOn now, as in Istio; move it there",
            importing({ retryOn: "503" }),
        ],
        [
            "a route to nowhere",
            "imports[0].routes[0].to must give at least one subset a share above 0",
            importing({ routes: [{ to: {} }] }),
        ],
        [
            "a share below 0",
            "imports[0].routes[0].to.v1 must be 0 or more",
            importing({ routes: [{ to: { v1: -1 } }] }),
        ],
        [
            "a version's name that is no DNS label",
            `exports[0].subsets.V1 ${labelRule}`,
            exporting({ subsets: { V1: {} } }),
        ],
    ],
};
