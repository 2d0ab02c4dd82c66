import ipaddr from "ipaddr.js";

/** Tells an IP address from a host name. Short forms such as `10.1` or `0x7f000001` are no addresses to Istio. */
export function hostKind(address: string): "ip" | "name" {
    return ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address) ? "ip" : "name";
}

const hostNamePattern =
    /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;

/** Whether a text is an IP address or a host name; one with a port or a scheme is neither. */
export function isAddress(text: string): boolean {
    return hostKind(text) === "ip" || (hostNamePattern.test(text) && !/^[\d.]+$/.test(text));
}

/** The parts of a Kubernetes Node that say where it is and whether it can take traffic. */
export interface NodeFacts {
    readonly metadata: { readonly name: string };
    readonly spec?: { readonly unschedulable?: boolean; readonly podCIDRs?: readonly string[] };
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
        readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    };
}

/** Which of a node's addresses the other clusters can reach. */
export type NodeAddressType = "InternalIP" | "ExternalIP";

/** The addresses of all nodes that are ready, sorted, each once. kube-proxy serves a nodePort on every one of them. */
export function readyNodeAddresses(nodes: readonly NodeFacts[], type: NodeAddressType): readonly string[] {
    const addresses = nodes
        .filter((node) => node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"))
        .flatMap((node) => node.status?.addresses ?? [])
        .filter((address) => address.type === type)
        .map(({ address }) => address);
    return [...new Set(addresses)].sort();
}
