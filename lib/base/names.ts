/** A DNS label as Kubernetes wants it for names (RFC 1123): lower-case letters, digits and dashes, 63 characters at most. */
export const dnsLabelPattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The mesh's suffix unless the configuration says otherwise. */
export const defaultSuffix = "global";

/**
 * The mesh-wide name of a service. Two DNS labels and a suffix of at most 100 characters give 228, of the 253 that DNS
 * carries.
 *
 * @example hostName("httpbin", "bar", "global") === "httpbin.bar.global"
 */
export function hostName(service: string, namespace: string, suffix: string): string {
    return `${service}.${namespace}.${suffix}`;
}

/** One or more DNS labels with dots between them, 253 characters at most (RFC 1123). */
export const dnsNamePattern =
    /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/** Longest server name that TLS libraries send (BoringSSL's TLSEXT_MAXLEN_host_name). */
const longestServerName = 255;

/**
 * Says what is wrong with a mesh-wide name whose labels are right, or nothing. DNS and the names of Kubernetes objects end
 * at 253 characters, and TLS sooner, since a sidecar sends more than the name (see {@link sni}).
 */
export function hostNameProblem(host: string): string | undefined {
    const longest = longestServerName - sni("", 65535).length;
    if (host.length <= longest) return undefined;
    return (
        `make the name ${host}, which has ${host.length} characters; at most ${longest} fit into the server name that ` +
        `sidecars send, so shorten a part of it`
    );
}

/**
 * The mesh-wide name of an export or an import.
 *
 * @param suffix the mesh's own, for an entry that names none
 */
export function hostOf(
    entry: {
        readonly service: string;
        readonly namespace: string;
        readonly suffix?: string | undefined;
    },
    suffix: string,
): string {
    return hostName(entry.service, entry.namespace, entry.suffix ?? suffix);
}

/** Whether a domain is another one or inside it. */
export function isWithin(domain: string, other: string): boolean {
    return domain === other || domain.endsWith(`.${other}`);
}

/**
 * The name of the Kubernetes objects that stand for a host: the host itself. With dashes for its dots, the services
 * `a-b` in namespace `c` and `a` in namespace `b-c` would have one name.
 */
export function objectName(host: string): string {
    return host;
}

/**
 * What the names of all services of a namespace end with.
 *
 * @example domainOf("httpbin.bar.global") === "bar.global"
 */
export function domainOf(host: string): string {
    return host.slice(host.indexOf(".") + 1);
}

/** Name of the DestinationRule that the imports from a namespace share. No host has it: it ends in no suffix. */
export function sharedRuleName(domain: string): string {
    return `${domain}-imports`;
}

/**
 * Whether a rule for all services of a domain would reach one of some hosts, at whatever depth.
 *
 * @param domain without the `*.` of the rule's host
 */
export function sharedRuleReaches(domain: string, hosts: readonly string[]): boolean {
    return hosts.some((host) => host.endsWith(`.${domain}`));
}

/**
 * The SPIFFE identity that Istio gives to the workloads of a service account.
 *
 * @example spiffeId("cluster.local", "bar", "httpbin") === "spiffe://cluster.local/ns/bar/sa/httpbin"
 */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
    return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/**
 * The pattern by which Istio's policies name the workloads of a service account. A `*` in one stands for anything at its
 * beginning or at its end, and not at both.
 *
 * @param trustDomain that of one cluster; any where undefined
 * @example principal("cluster1.mesh", "foo", "sleep") === "cluster1.mesh/ns/foo/sa/sleep"
 */
export function principal(
    trustDomain: string | undefined,
    namespace: string,
    serviceAccount: string,
): string {
    return `${trustDomain ?? "*"}/ns/${namespace}/sa/${serviceAccount}`;
}

/** The same for all workloads of a trust domain, or of one namespace in it. */
export function anyPrincipal(trustDomain: string, namespace?: string): string {
    return namespace === undefined ? `${trustDomain}/*` : principal(trustDomain, namespace, "*");
}

/**
 * The server name that an Istio sidecar sends in the TLS handshake for one port of a host. An AUTO_PASSTHROUGH gateway
 * has a filter chain for exactly this name, and for no other.
 *
 * @example sni("httpbin.bar.global", 8000) === "outbound_.8000_._.httpbin.bar.global"
 */
export function sni(host: string, port: number): string {
    return `outbound_.${port}_._.${host}`;
}
