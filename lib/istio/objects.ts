import {
    type AuthorizationPolicySpec,
    type DestinationRuleSpec,
    type Endpoint,
    type GatewaySpec,
    type Port,
    type ServiceEntrySpec,
    type Subset,
    type TrafficPolicy,
    gatewayPort,
    tlsModeLabel,
} from "./types";
import { hostKind } from "../base/addresses";

/**
 * The alias under which an exporting cluster knows its own service by the mesh-wide name. The gateway builds a filter
 * chain only for hosts in its own cluster's registry, so without the alias a call from outside ends in a 503.
 */
export function exportServiceEntry(args: {
    readonly host: string;
    readonly virtualAddress: string;
    readonly ports: readonly Port[];
    readonly selector: Readonly<Record<string, string>>;
    /** Identities that callers accept; those of the pods themselves by default. */
    readonly identities?: readonly string[];
}): ServiceEntrySpec {
    return {
        hosts: [args.host],
        addresses: [args.virtualAddress],
        location: "MESH_INTERNAL",
        resolution: "STATIC",
        ports: args.ports,
        exportTo: ["*"],
        workloadSelector: { labels: args.selector },
        ...(args.identities && { subjectAltNames: args.identities }),
    };
}

interface ExportedPort {
    readonly number: number;
    readonly targetPort?: number | undefined;
}

/** Ports that the pods behind some ports of a service listen on, each once. */
export function podPorts(ports: readonly ExportedPort[]): readonly number[] {
    return [...new Set(ports.map(({ number, targetPort }) => targetPort ?? number))];
}

/**
 * Shuts everybody out of some ports of the pods but the given callers, from this cluster as from others. A policy that
 * denies leaves the pods' other ports as they are, and can't let in whom another policy shuts out; one that allows would
 * do both.
 *
 * @param principals callers as Istio's policies name them
 * @param callerNamespaces namespaces of any cluster that are let in whole; nobody is where neither names anything
 */
export function callersPolicy(args: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly ExportedPort[];
    readonly principals: readonly string[];
    readonly callerNamespaces?: readonly string[];
}): AuthorizationPolicySpec {
    const { principals, callerNamespaces = [], ports } = args;
    // What is named of one source must all be so: a caller is shut out that is none of either.
    const source = {
        ...(principals.length > 0 && { notPrincipals: principals }),
        ...(callerNamespaces.length > 0 && { notNamespaces: callerNamespaces }),
    };
    return {
        action: "DENY",
        selector: { matchLabels: args.selector },
        rules: [
            {
                ...(Object.keys(source).length > 0 && { from: [{ source }] }),
                to: [{ operation: { ports: podPorts(ports).map(String) } }],
            },
        ],
    };
}

/** Endpoints of one port number at each address, marked as speaking Istio's mutual TLS unless told otherwise. */
export function gatewayEndpoints(
    addresses: readonly string[],
    port: number,
    servicePorts: readonly { readonly name: string }[],
    labels: Readonly<Record<string, string>> = tlsModeLabel,
    locality?: string,
): readonly Endpoint[] {
    return addresses.map((address) => ({
        address,
        ports: Object.fromEntries(servicePorts.map(({ name }) => [name, port])),
        labels,
        ...(locality !== undefined && { locality }),
    }));
}

/** How an importing cluster reaches one exporting cluster, or its own egress gateway. */
export interface WayOut {
    readonly addresses: readonly string[];
    /** TCP port on those addresses. */
    readonly port: number;
    /** What its endpoints are chosen by, besides the label for mutual TLS. */
    readonly labels?: Readonly<Record<string, string>>;
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
}

/** A remote service as the importing cluster sees it: one virtual address whose endpoints are the peers' gateways. */
export function importServiceEntry(args: {
    readonly host: string;
    readonly virtualAddress: string;
    readonly ports: readonly Port[];
    readonly gateways: readonly WayOut[];
    readonly identities: readonly string[];
    /**
     * Whether gateways of this cluster must not pass calls on to these endpoints. A gateway leaves out endpoints without
     * the label for mutual TLS; a sidecar uses it all the same, because the host's DestinationRule says so.
     */
    readonly hiddenFromGateways?: boolean;
    /** Namespaces that see the entry; `.` is its own. All of them by default. */
    readonly exportTo?: readonly string[];
}): ServiceEntrySpec {
    const addresses = args.gateways.flatMap((gateway) => gateway.addresses);
    const tlsMode = args.hiddenFromGateways ? {} : tlsModeLabel;
    return {
        hosts: [args.host],
        addresses: [args.virtualAddress],
        location: "MESH_INTERNAL",
        resolution: addresses.every((address) => hostKind(address) === "ip") ? "STATIC" : "DNS",
        ports: args.ports,
        exportTo: args.exportTo ?? ["*"],
        endpoints: args.gateways.flatMap(({ addresses: some, port, labels, locality }) =>
            gatewayEndpoints(some, port, args.ports, { ...tlsMode, ...labels }, locality),
        ),
        // Without them a client accepts every certificate of the shared root.
        subjectAltNames: args.identities,
    };
}

/**
 * Mutual TLS for one imported host. Istio would infer it from the endpoints' label, but a PeerAuthentication that
 * disables TLS would then send the traffic in plain text.
 */
export function importDestinationRule(
    host: string,
    {
        choice,
        subsets = [],
        exportTo = ["*"],
    }: {
        /** How one of several clusters is chosen; absent where there is one. */
        readonly choice?: Pick<TrafficPolicy, "loadBalancer" | "outlierDetection">;
        readonly subsets?: readonly Subset[];
        /** Namespaces whose proxies follow the rule. */
        readonly exportTo?: readonly string[];
    } = {},
): DestinationRuleSpec {
    return {
        host,
        exportTo,
        trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" }, ...choice },
        ...(subsets.length > 0 && { subsets }),
    };
}

/** The versions of an exported service. The gateway gets a filter chain for the server name of each. */
export function exportDestinationRule(host: string, subsets: readonly Subset[]): DestinationRuleSpec {
    return { host, exportTo: ["*"], subsets };
}

/** A gateway that passes TLS on by server name, for exactly the given hosts. */
export function passthroughGateway(
    selector: Readonly<Record<string, string>>,
    hosts: readonly string[],
): GatewaySpec {
    return {
        selector,
        servers: [
            {
                port: { name: "tls", number: gatewayPort, protocol: "TLS" },
                tls: { mode: "AUTO_PASSTHROUGH" },
                hosts: [...hosts].sort(),
            },
        ],
    };
}
