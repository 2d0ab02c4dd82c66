/** The fields of Istio's custom resources that this project writes, as Istio's API groups name them. */

/** `apiVersion` of the resources below, but AuthorizationPolicy. */
export const networkingApiVersion = "networking.istio.io/v1";

/** `apiVersion` of AuthorizationPolicy. */
export const securityApiVersion = "security.istio.io/v1";

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
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
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

/** Durations are texts such as `30s`. */
export interface OutlierDetection {
    readonly splitExternalLocalOriginErrors: true;
    readonly consecutiveLocalOriginFailures: number;
    readonly consecutiveGatewayErrors: number;
    readonly consecutive5xxErrors: number;
    readonly interval: string;
    readonly baseEjectionTime: string;
    readonly maxEjectionPercent: number;
}

export interface LocalityLbSetting {
    readonly enabled: boolean;
    readonly failoverPriority?: readonly string[];
}

/** Durations are texts such as `30s`. */
export interface ConnectionPool {
    readonly tcp: {
        readonly connectTimeout?: string;
        readonly tcpKeepalive?: {
            readonly time?: string;
            readonly interval?: string;
            readonly probes?: number;
        };
        readonly maxConnectionDuration?: string;
    };
    readonly http?: { readonly maxConcurrentStreams?: number };
}

export interface TrafficPolicy {
    readonly tls: { readonly mode: "ISTIO_MUTUAL" };
    readonly connectionPool?: ConnectionPool;
    readonly loadBalancer?: { readonly localityLbSetting: LocalityLbSetting };
    readonly outlierDetection?: OutlierDetection;
}

export interface Subset {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
}

export interface DestinationRuleSpec {
    readonly host: string;
    readonly exportTo: readonly string[];
    readonly trafficPolicy?: TrafficPolicy & {
        /** Settings of single ports, which replace the others. */
        readonly portLevelSettings?: readonly (TrafficPolicy & {
            readonly port: { readonly number: number };
        })[];
    };
    readonly subsets?: readonly Subset[];
}

export interface HttpRoute {
    readonly match?: readonly { readonly headers: Readonly<Record<string, { readonly exact: string }>> }[];
    readonly route: readonly {
        readonly destination: { readonly host: string; readonly subset?: string };
        readonly weight?: number;
    }[];
    readonly timeout?: string;
    readonly retries?: HttpRetries;
}

export interface HttpRetries {
    /** 0 for none; nothing else may be set then. */
    readonly attempts: number;
    readonly perTryTimeout?: string;
    readonly retryOn?: string;
    readonly retryRemoteLocalities?: boolean;
}

export interface VirtualServiceSpec {
    readonly hosts: readonly string[];
    readonly exportTo: readonly string[];
    readonly http: readonly HttpRoute[];
}

export interface GatewaySpec {
    readonly selector: Readonly<Record<string, string>>;
    readonly servers: readonly {
        readonly port: { readonly name: string; readonly number: number; readonly protocol: "TLS" };
        readonly tls: { readonly mode: "AUTO_PASSTHROUGH" };
        readonly hosts: readonly string[];
    }[];
}

export interface AuthorizationPolicySpec {
    readonly action: "DENY";
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly rules: readonly {
        /** Everybody where it is left out. */
        readonly from?: readonly {
            readonly source: {
                readonly notPrincipals?: readonly string[];
                readonly notNamespaces?: readonly string[];
            };
        }[];
        /** Ports of the pods, as texts. */
        readonly to: readonly { readonly operation: { readonly ports: readonly string[] } }[];
    }[];
}

/**
 * Label that says an endpoint speaks Istio's mutual TLS. Without it a gateway drops the endpoint, and a sidecar calls it
 * in plain text (istio.io, "Multicluster", and pilot's `getTLSModeFromWorkloadEntry`).
 */
export const tlsModeLabel = { "security.istio.io/tlsMode": "istio" } as const;

/** TCP port on which Istio's multicluster gateways listen by convention. */
export const gatewayPort = 15443;
