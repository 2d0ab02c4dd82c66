import { isSomebodyElses } from "../base/ownership";
import { domainOf, objectName, sharedRuleName } from "../base/names";
import type { Access } from "../base/shownCommands";
import type { ProxyCertificates } from "../certificates/proxyCertificates";
import type { ClusterOutputs } from "../mesh/contract";
import type {
    AuthorizationPolicySpec,
    ConfigMap,
    DestinationRuleSpec,
    EnvoyFilterSpec,
    GatewaySpec,
    Meta,
    NetworkPolicySpec,
    PeerAuthenticationSpec,
    Pod,
    PolicySpec,
    ServiceEntrySpec,
    ServiceObject,
    SidecarSpec,
    Thing,
    VirtualServiceSpec,
    Webhook,
    WorkloadEntrySpec,
    Workload,
} from "./objects";

/** The lists that are read of a cluster, by kind. Pods, Services and Deployments are those of the namespaces on the way. */
export interface Lists {
    readonly Namespace: Thing;
    readonly Pod: Pod;
    readonly Service: ServiceObject;
    readonly Deployment: Workload;
    readonly ConfigMap: ConfigMap;
    readonly ServiceEntry: Thing<ServiceEntrySpec>;
    readonly VirtualService: Thing<VirtualServiceSpec>;
    readonly DestinationRule: Thing<DestinationRuleSpec>;
    readonly Sidecar: Thing<SidecarSpec>;
    readonly EnvoyFilter: Thing<EnvoyFilterSpec>;
    readonly WorkloadEntry: Thing<WorkloadEntrySpec>;
    readonly Gateway: Thing<GatewaySpec>;
    readonly PeerAuthentication: Thing<PeerAuthenticationSpec>;
    readonly AuthorizationPolicy: Thing<AuthorizationPolicySpec>;
    readonly RequestAuthentication: Thing<PolicySpec>;
    readonly NetworkPolicy: Thing<NetworkPolicySpec>;
    readonly MutatingWebhookConfiguration: Webhook;
}

/** Kind of a list. */
export type Kind = keyof Lists;

/** What one pod of an export says when its own proxy's container asks the application, past the proxy. */
export interface ServerFacts {
    /** Addresses that are listened on, with the port: `127.0.0.1:8080`, `[::]:8080`. Undefined where they can't be told. */
    readonly listening?: readonly string[];
    /** Answers by port of the pod; a port that was not asked is left out. */
    readonly answers: Readonly<Record<number, ServerAnswer>>;
}

/** How an application answered on 127.0.0.1. */
export interface ServerAnswer {
    /** Status of the HTTP/1.1 answer; undefined where there was none. */
    readonly http?: number;
    /** Whether it answers gRPC. */
    readonly grpc: boolean;
}

/** Something that could not be looked at. */
export interface NotRead {
    readonly cluster: string;
    readonly what: string;
    readonly reason: string;
}

/** What one cluster is found to hold. */
export interface ClusterEvidence {
    readonly cluster: string;
    readonly access: Access;
    /** What its last update says of it. */
    readonly outputs: ClusterOutputs;
    /** Where Istio's control plane, the gateway and GlobalDns are. */
    readonly systemNamespace: string;
    /** Full name of its stack, `ORGANIZATION/PROJECT/STACK`. */
    readonly owner: string;
    /** What was read, by kind; a kind that could not be read is left out. */
    readonly lists: { readonly [K in Kind]?: readonly Lists[K][] };
    readonly notRead: readonly NotRead[];
    /** By `NAMESPACE/NAME` of the pod. */
    readonly servers: Readonly<Record<string, ServerFacts>>;
    /** Certificates of the proxies at the ends of the calls. */
    readonly proxies: readonly ProxyCertificates[];
}

/** What is known of both ends, by cluster. */
export type Evidence = ReadonlyMap<string, ClusterEvidence>;

/** The objects of a kind; none where they could not be read. */
export function all<K extends Kind>({ lists }: ClusterEvidence, kind: K): readonly Lists[K][] {
    return lists[kind] ?? [];
}

/** Whether a kind was read, so that what is not in its list is not there. */
export function wasRead({ lists }: ClusterEvidence, kind: Kind): boolean {
    return lists[kind] !== undefined;
}

/**
 * Whether an object is the mesh's own about a host: it has one of the names that the program gives, and Pulumi has written it.
 * What somebody has changed of it since makes it no less the mesh's. A ServiceEntry where the program makes it needs no such
 * writer, since a backup that was played back has another: an update would have refused somebody's of that name.
 */
export function isMeshs(evidence: ClusterEvidence, kind: Kind, metadata: Meta, host: string): boolean {
    const { owner, outputs, systemNamespace } = evidence;
    const names = [objectName(host), `${objectName(host)}-remote`, sharedRuleName(domainOf(host))];
    if (!names.includes(metadata.name)) return false;
    const places = [systemNamespace, ...outputs.exports.map(({ namespace }) => namespace)];
    const isInPlace = kind === "ServiceEntry" && places.includes(metadata.namespace ?? "");
    return isInPlace || !isSomebodyElses({ kind, metadata }, owner);
}

/** The mesh's own objects of a kind about a host. */
export function own<K extends "ServiceEntry" | "DestinationRule" | "AuthorizationPolicy">(
    evidence: ClusterEvidence,
    kind: K,
    host: string,
): readonly Lists[K][] {
    return all(evidence, kind).filter(({ metadata }) => isMeshs(evidence, kind, metadata, host));
}

/** The alias under which an exporter knows its own service: the mesh's entry that selects pods. */
export function aliasOf(evidence: ClusterEvidence, host: string): Thing<ServiceEntrySpec> | undefined {
    return own(evidence, "ServiceEntry", host).find(
        ({ metadata, spec }) => metadata.name === objectName(host) && spec?.workloadSelector !== undefined,
    );
}
