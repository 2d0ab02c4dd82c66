import type { GatewayAddress } from "./contract";

/** The parts of a Kubernetes Service that decide how a gateway is reached. */
export interface ServiceFacts {
    readonly spec: {
        readonly type: string;
        readonly ports?: readonly {
            readonly name?: string;
            readonly port: number;
            readonly nodePort?: number;
        }[];
    };
    readonly status?: {
        readonly loadBalancer?: {
            readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
        };
    };
}

/** The addresses that a load balancer reports, sorted. A name counts only where there is no IP address. */
export function balancerAddresses({ status }: Pick<ServiceFacts, "status">): readonly string[] {
    return (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").sort();
}

/**
 * Says how the gateway's Service differs from what the last update recorded, which is what the importing clusters use.
 * Undefined where it does not.
 *
 * @param live the Service as it is in the cluster; undefined when it is gone
 */
export function gatewayDrift(recorded: GatewayAddress, live: ServiceFacts | undefined): string | undefined {
    if (live === undefined) return "its gateway's Service is gone";
    const { type, ports = [] } = live.spec;
    if (recorded.kind !== "Manual" && type !== recorded.kind)
        return `its gateway's Service has type ${type} and no longer ${recorded.kind}`;
    if (type === "NodePort") {
        const nodePort = nodePortOf(ports);
        const expected = recorded.servicePort ?? recorded.port;
        if (nodePort !== expected)
            return `its gateway's Service has node port ${nodePort ?? "none"} and no longer ${expected}`;
    }
    if (recorded.kind !== "LoadBalancer") return undefined;
    const addresses = balancerAddresses(live).join(", ");
    const expected = recorded.addresses.join(", ");
    if (addresses === expected) return undefined;
    return `its gateway's load balancer has ${addresses || "no address"} and no longer ${expected || "none"}`;
}

/**
 * The node port at which a gateway is reached already, and after its Service has lost its load balancer too. Undefined where it
 * is to lose none, and where it is to get another node port.
 *
 * @param live its Service as it is in the cluster, if it is there
 */
export function remainingNodePort(
    live: ServiceFacts | undefined,
    wanted: { readonly type: string; readonly nodePort?: number | undefined },
): number | undefined {
    if (live?.spec.type !== "LoadBalancer" || wanted.type !== "NodePort") return undefined;
    const nodePort = nodePortOf(live.spec.ports);
    return wanted.nodePort === undefined || wanted.nodePort === nodePort ? nodePort : undefined;
}

/** The node port of a gateway's Service, of its ports. */
export function nodePortOf(ports: ServiceFacts["spec"]["ports"]): number | undefined {
    return ports?.find(({ name }) => name === "tls")?.nodePort;
}
