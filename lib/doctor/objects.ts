/**
 * The parts of a cluster's objects that decide about a call, as the Kubernetes API writes them. All that may be left out is
 * optional, since objects of others come in every shape.
 */

/** Labels, or annotations. */
export type Labels = Readonly<Record<string, string>>;

/** What every object says of itself. */
export interface Meta {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
    /** RFC 3339. */
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly managedFields?: readonly { readonly manager?: string; readonly subresource?: string }[];
}

/** An object with its specification. */
export interface Thing<Spec = object> {
    readonly metadata: Meta;
    readonly spec?: Spec;
}

/** A selector of the Kubernetes API. */
export interface Selector {
    readonly matchLabels?: Labels;
    readonly matchExpressions?: readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[];
    }[];
}

export interface Container {
    readonly name: string;
    readonly image?: string;
    readonly ports?: readonly { readonly containerPort: number }[];
}

export interface PodSpec {
    readonly serviceAccountName?: string;
    readonly hostNetwork?: boolean;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
}

export interface Pod extends Thing<PodSpec> {
    readonly status?: {
        readonly phase?: string;
        readonly podIP?: string;
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: string;
            readonly reason?: string;
            readonly message?: string;
            readonly lastTransitionTime?: string;
        }[];
        readonly containerStatuses?: readonly {
            readonly name: string;
            readonly ready?: boolean;
            readonly restartCount?: number;
            readonly state?: {
                readonly waiting?: { readonly reason?: string; readonly message?: string };
            };
        }[];
    };
}

export interface Workload extends Thing<{
    readonly replicas?: number;
    readonly selector?: Selector;
    readonly template?: { readonly metadata?: Partial<Meta>; readonly spec?: PodSpec };
}> {
    readonly status?: { readonly readyReplicas?: number };
}

export interface ServiceObject extends Thing<{
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: Labels;
    readonly ports?: readonly {
        readonly name?: string;
        readonly port: number;
        readonly nodePort?: number;
        readonly targetPort?: number | string;
    }[];
}> {
    readonly status?: {
        readonly loadBalancer?: {
            readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
        };
    };
}

export interface ServiceEntrySpec {
    readonly hosts?: readonly string[];
    readonly addresses?: readonly string[];
    readonly ports?: readonly {
        readonly name?: string;
        readonly number: number;
        readonly protocol?: string;
        readonly targetPort?: number;
    }[];
    readonly resolution?: string;
    readonly exportTo?: readonly string[];
    readonly endpoints?: readonly {
        readonly address?: string;
        readonly ports?: Readonly<Record<string, number>>;
    }[];
    readonly workloadSelector?: { readonly labels?: Labels };
}

export interface Destination {
    readonly host?: string;
    readonly subset?: string;
    readonly port?: { readonly number?: number };
}

export interface StringMatch {
    readonly exact?: string;
    readonly prefix?: string;
    readonly regex?: string;
}

export interface RouteMatch {
    readonly uri?: StringMatch;
    readonly scheme?: StringMatch;
    readonly method?: StringMatch;
    readonly authority?: StringMatch;
    readonly headers?: Readonly<Record<string, StringMatch>>;
    readonly withoutHeaders?: Readonly<Record<string, StringMatch>>;
    readonly queryParams?: Readonly<Record<string, StringMatch>>;
    readonly port?: number;
    readonly sourceLabels?: Labels;
    readonly sourceNamespace?: string;
    readonly gateways?: readonly string[];
    readonly ignoreUriCase?: boolean;
}

export interface HttpRoute {
    readonly name?: string;
    readonly match?: readonly RouteMatch[];
    readonly route?: readonly { readonly destination?: Destination; readonly weight?: number }[];
    readonly redirect?: object;
    readonly directResponse?: { readonly status?: number };
    readonly fault?: {
        readonly abort?: {
            readonly httpStatus?: number;
            readonly grpcStatus?: string;
            readonly percentage?: { readonly value?: number };
        };
        readonly delay?: { readonly fixedDelay?: string; readonly percentage?: { readonly value?: number } };
    };
    readonly rewrite?: object;
    readonly timeout?: string;
    readonly headers?: object;
}

export interface TcpRoute {
    readonly match?: readonly {
        readonly port?: number;
        readonly sourceLabels?: Labels;
        readonly sourceNamespace?: string;
        readonly gateways?: readonly string[];
        readonly destinationSubnets?: readonly string[];
    }[];
    readonly route?: readonly { readonly destination?: Destination; readonly weight?: number }[];
}

export interface VirtualServiceSpec {
    readonly hosts?: readonly string[];
    readonly gateways?: readonly string[];
    readonly exportTo?: readonly string[];
    readonly http?: readonly HttpRoute[];
    readonly tcp?: readonly TcpRoute[];
    readonly tls?: readonly object[];
}

export interface TlsSettings {
    readonly mode?: string;
    readonly subjectAltNames?: readonly string[];
    readonly sni?: string;
}

export interface TrafficPolicy {
    readonly tls?: TlsSettings;
    readonly portLevelSettings?: readonly {
        readonly port?: { readonly number?: number };
        readonly tls?: TlsSettings;
    }[];
}

export interface DestinationRuleSpec {
    readonly host?: string;
    readonly exportTo?: readonly string[];
    readonly workloadSelector?: Selector;
    readonly trafficPolicy?: TrafficPolicy;
    readonly subsets?: readonly {
        readonly name: string;
        readonly labels?: Labels;
        readonly trafficPolicy?: TrafficPolicy;
    }[];
}

export interface SidecarSpec {
    readonly workloadSelector?: { readonly labels?: Labels };
    readonly egress?: readonly {
        readonly hosts?: readonly string[];
        readonly port?: { readonly number?: number };
    }[];
}

export interface EnvoyFilterSpec {
    readonly workloadSelector?: { readonly labels?: Labels };
    readonly targetRefs?: readonly object[];
    readonly configPatches?: readonly {
        readonly applyTo?: string;
        readonly match?: {
            readonly context?: string;
            readonly cluster?: {
                readonly service?: string;
                readonly name?: string;
                readonly portNumber?: number;
            };
            readonly listener?: { readonly portNumber?: number; readonly name?: string };
            readonly routeConfiguration?: {
                readonly portNumber?: number;
                readonly name?: string;
                readonly vhost?: { readonly name?: string; readonly domainName?: string };
            };
        };
    }[];
}

export interface WorkloadEntrySpec {
    readonly address?: string;
    readonly ports?: Readonly<Record<string, number>>;
    readonly labels?: Labels;
    readonly serviceAccount?: string;
}

export interface GatewaySpec {
    readonly selector?: Labels;
    readonly servers?: readonly {
        readonly hosts?: readonly string[];
        readonly port?: { readonly number?: number };
        readonly tls?: { readonly mode?: string };
    }[];
}

export interface PeerAuthenticationSpec {
    readonly selector?: Selector;
    readonly mtls?: { readonly mode?: string };
    readonly portLevelMtls?: Readonly<Record<string, { readonly mode?: string }>>;
}

/** A policy that is for what it selects, or for what it names. */
export interface PolicySpec {
    readonly selector?: Selector;
    readonly targetRef?: object;
    readonly targetRefs?: readonly object[];
}

/** Fields of a source or an operation by name, each a list of values. */
export type Terms = Readonly<Record<string, readonly string[] | undefined>>;

export interface PolicyRule {
    readonly from?: readonly { readonly source?: Terms }[];
    readonly to?: readonly { readonly operation?: Terms }[];
    readonly when?: readonly {
        readonly key: string;
        readonly values?: readonly string[];
        readonly notValues?: readonly string[];
    }[];
}

export interface AuthorizationPolicySpec extends PolicySpec {
    /** `ALLOW` where it is left out. */
    readonly action?: string;
    readonly rules?: readonly PolicyRule[];
}

export interface Peer {
    readonly podSelector?: Selector;
    readonly namespaceSelector?: Selector;
    readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface PolicyPort {
    readonly protocol?: string;
    readonly port?: number | string;
    readonly endPort?: number;
}

export interface NetworkPolicySpec {
    readonly podSelector?: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly { readonly from?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
    readonly egress?: readonly { readonly to?: readonly Peer[]; readonly ports?: readonly PolicyPort[] }[];
}

export interface Webhook {
    readonly metadata: Meta;
    readonly webhooks?: readonly { readonly name: string; readonly namespaceSelector?: Selector }[];
}

export interface ConfigMap {
    readonly metadata: Meta;
    readonly data?: Labels;
}
