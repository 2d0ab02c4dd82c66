/** The fields of Istio's custom resources that this project writes, as the API group networking.istio.io/v1 names them. */

/** `apiVersion` of the resources below. */
export const networkingApiVersion = "networking.istio.io/v1";

export interface Port {
    readonly name: string;
    readonly number: number;
    readonly protocol: string;
    readonly targetPort?: number;
}

export interface Endpoint {
    readonly address: string;
    /** Port name to the number at this endpoint. */
    readonly ports: Readonly<Record<string, number>>;
    readonly labels: Readonly<Record<string, string>>;
}

export interface ServiceEntrySpec {
    readonly hosts: readonly string[];
    readonly addresses: readonly string[];
    readonly location: "MESH_INTERNAL" | "MESH_EXTERNAL";
    readonly resolution: "STATIC" | "DNS";
    readonly ports: readonly Port[];
    readonly exportTo: readonly string[];
    readonly endpoints?: readonly Endpoint[];
    readonly workloadSelector?: { readonly labels: Readonly<Record<string, string>> };
    readonly subjectAltNames?: readonly string[];
}

export interface DestinationRuleSpec {
    readonly host: string;
    readonly exportTo: readonly string[];
    readonly trafficPolicy: TrafficPolicy & {
        /** Settings of single ports, which replace the others. */
        readonly portLevelSettings?: readonly (TrafficPolicy & {
            readonly port: { readonly number: number };
            readonly connectionPool: { readonly tcp: { readonly maxConnectionDuration: string } };
        })[];
    };
}

interface TrafficPolicy {
    readonly tls: { readonly mode: "ISTIO_MUTUAL" };
}

export interface GatewaySpec {
    readonly selector: Readonly<Record<string, string>>;
    readonly servers: readonly {
        readonly port: { readonly name: string; readonly number: number; readonly protocol: "TLS" };
        readonly tls: { readonly mode: "AUTO_PASSTHROUGH" };
        readonly hosts: readonly string[];
    }[];
}

/**
 * Label that says an endpoint speaks Istio's mutual TLS. Without it a gateway drops the endpoint, and a sidecar calls it
 * in plain text (istio.io, "Multicluster", and pilot's `getTLSModeFromWorkloadEntry`).
 */
export const tlsModeLabel = { "security.istio.io/tlsMode": "istio" } as const;

/** TCP port on which Istio's multicluster gateways listen by convention. */
export const gatewayPort = 15443;
