import type { Code } from "../../lib/doctor/codes";
import { diagnose } from "../../lib/doctor/diagnose";
import type { ClusterEvidence, Kind, Lists } from "../../lib/doctor/evidence";
import type { FailedCall, Finding } from "../../lib/doctor/finding";
import type { Labels, Meta, Pod, PodSpec, Workload } from "../../lib/doctor/objects";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { clusterOutputs } from "../cli/samples";

/** A call of the tutorial's, from cluster1's sleep to cluster2's httpbin, that failed. */
export const failed: FailedCall = {
    host: "httpbin.bar.global",
    port: { name: "http1", number: 8000, protocol: "HTTP" },
    path: "/",
    virtualAddress: "240.0.0.2",
    caller: { cluster: "cluster1", namespace: "foo", workload: "sleep" },
    exporters: [
        {
            cluster: "cluster2",
            namespace: "bar",
            identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        },
    ],
    isThroughEgress: false,
    endedAt: "passage",
    at: Date.now(),
    seen: "HTTP 503",
};

/** When the mesh's objects were made; what somebody makes is younger unless a test says otherwise. */
export const made = "2026-11-01T00:00:00Z";
/** Before {@link made}. */
export const before = "2026-10-01T00:00:00Z";
/** After {@link made}. */
export const after = "2026-11-02T00:00:00Z";

const byPulumi = { managedFields: [{ manager: "pulumi-kubernetes-3f1" }], creationTimestamp: made };
const byHand = { managedFields: [{ manager: "kubectl-create" }], creationTimestamp: after };

/** Metadata of an object that somebody has made by hand. */
export function somebodys(namespace: string, name: string, more: Partial<Meta> = {}): Meta {
    return { ...byHand, namespace, name, ...more };
}

/** Metadata of an object that the mesh has made. */
export function meshs(namespace: string, name: string): Meta {
    return { ...byPulumi, namespace, name };
}

/** A pod that is ready and has a sidecar, unless told otherwise. */
export function pod(
    namespace: string,
    name: string,
    {
        labels = { app: name },
        spec = {},
        isReady = true,
        ...more
    }: { labels?: Labels; spec?: PodSpec; isReady?: boolean } & Partial<Meta> = {},
): Pod {
    return {
        metadata: {
            ...{ namespace, name: `${name}-abc-1`, labels, creationTimestamp: made },
            ownerReferences: [{ kind: "ReplicaSet", name: `${name}-abc` }],
            ...more,
        },
        spec: { serviceAccountName: name, containers: [{ name }, { name: "istio-proxy" }], ...spec },
        status: {
            phase: "Running",
            podIP: "10.0.0.9",
            conditions: [{ type: "Ready", status: isReady ? "True" : "False", lastTransitionTime: after }],
        },
    };
}

/** A Deployment whose pods are ready, unless told otherwise. */
export function deployment(
    namespace: string,
    name: string,
    readyReplicas = 1,
    labels: Labels = { app: name },
): Workload {
    return {
        metadata: { ...byPulumi, namespace, name, labels },
        spec: { replicas: 1, selector: { matchLabels: labels } },
        status: { readyReplicas },
    };
}

/** The lists of a cluster, changed in a test. */
export type ListsOf = { [K in Kind]: readonly Lists[K][] };

const injected = { "istio-injection": "enabled" };

/** What both clusters have of any mesh. */
function common(globalDns: string): ListsOf {
    return {
        Namespace: [
            { metadata: { name: "foo", labels: injected } },
            { metadata: { name: "bar", labels: injected } },
            { metadata: { name: "istio-system", labels: {} } },
        ],
        Pod: [
            pod("istio-system", "istio-eastwestgateway", {
                labels: { app: "istio-eastwestgateway", istio: "eastwestgateway" },
            }),
        ],
        Service: [
            {
                metadata: meshs("istio-system", "istio-eastwestgateway"),
                spec: {
                    type: "NodePort",
                    selector: { app: "istio-eastwestgateway", istio: "eastwestgateway" },
                    ports: [{ name: "tls", port: 15443, nodePort: 31443 }],
                },
            },
            { metadata: meshs("istio-system", "global-dns"), spec: { clusterIP: globalDns } },
        ],
        Deployment: [
            deployment("istio-system", "istio-eastwestgateway"),
            deployment("istio-system", "global-dns"),
            deployment("istio-system", "istiod", 1, { app: "istiod", "istio.io/rev": "default" }),
            deployment("kube-system", "coredns"),
        ],
        ConfigMap: [
            {
                metadata: { namespace: "kube-system", name: "coredns" },
                data: {
                    Corefile:
                        ".:53 {\n    errors\n}\n# BEGIN istio-multicluster zone global owner=organization/istio-multicluster/cluster1\n" +
                        `global:53 {\n    errors\n    cache 30 {\n        denial 9984 30 1\n    }\n    forward . ${globalDns}\n}\n# END istio-multicluster zone global\n`,
                },
            },
        ],
        ServiceEntry: [],
        VirtualService: [],
        DestinationRule: [],
        Sidecar: [],
        EnvoyFilter: [],
        WorkloadEntry: [],
        Gateway: [],
        PeerAuthentication: [],
        AuthorizationPolicy: [],
        RequestAuthentication: [],
        NetworkPolicy: [],
        MutatingWebhookConfiguration: [
            {
                metadata: { name: "istio-sidecar-injector" },
                webhooks: [
                    {
                        name: "namespace.sidecar-injector.istio.io",
                        namespaceSelector: {
                            matchExpressions: [
                                { key: "istio-injection", operator: "In", values: ["enabled"] },
                            ],
                        },
                    },
                ],
            },
        ],
    };
}

const ports = [{ name: "http1", number: 8000, protocol: "HTTP" }];

/** cluster1, which calls. */
export function callerLists(): ListsOf {
    const lists = common("10.91.0.53");
    return {
        ...lists,
        Pod: [...lists.Pod, pod("foo", "sleep")],
        Deployment: [...lists.Deployment, deployment("foo", "sleep")],
        ServiceEntry: [
            {
                metadata: meshs("istio-system", "httpbin.bar.global"),
                spec: {
                    hosts: ["httpbin.bar.global"],
                    addresses: ["240.0.0.2"],
                    ports,
                    exportTo: ["*"],
                    endpoints: [{ address: "172.30.0.12", ports: { http1: 31443 } }],
                },
            },
        ],
        DestinationRule: [
            {
                metadata: meshs("istio-system", "bar.global-imports"),
                spec: {
                    host: "*.bar.global",
                    exportTo: ["*"],
                    trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } },
                },
            },
        ],
    };
}

/** cluster2, which is called. */
export function serverLists(): ListsOf {
    const lists = common("10.92.0.53");
    return {
        ...lists,
        Pod: [...lists.Pod, pod("bar", "httpbin")],
        Deployment: [...lists.Deployment, deployment("bar", "httpbin")],
        ServiceEntry: [
            {
                metadata: meshs("bar", "httpbin.bar.global"),
                spec: {
                    hosts: ["httpbin.bar.global"],
                    addresses: ["240.0.0.2"],
                    ports: ports.map((port) => ({ ...port, targetPort: 8080 })),
                    exportTo: ["*"],
                    workloadSelector: { labels: { app: "httpbin" } },
                },
            },
        ],
        Gateway: [
            {
                metadata: meshs("istio-system", "istio-eastwestgateway"),
                spec: {
                    selector: { app: "istio-eastwestgateway", istio: "eastwestgateway" },
                    servers: [
                        {
                            hosts: ["httpbin.bar.global"],
                            port: { number: 15443 },
                            tls: { mode: "AUTO_PASSTHROUGH" },
                        },
                    ],
                },
            },
        ],
    };
}

function outputs(cluster: string, globalDnsAddress: string): ClusterOutputs {
    return clusterOutputs(cluster, {
        gateway: { kind: "NodePort", addresses: [`172.30.0.1${cluster.slice(-1)}`], port: 31443 },
        rootFingerprint: "ab",
        trustedRoots: ["ab"],
        globalDnsAddress,
    });
}

function evidenceOf(cluster: string, lists: ClusterEvidence["lists"], dns: string): ClusterEvidence {
    return {
        cluster,
        outputs: outputs(cluster, dns),
        access: { kubeconfig: `${cluster}.yaml`, context: cluster },
        systemNamespace: "istio-system",
        owner: `organization/istio-multicluster/${cluster}`,
        lists,
        notRead: [],
        servers: {},
        proxies: [],
    };
}

/** What a test changes of the call and of what is there: whole lists, in place of those of a healthy mesh. */
export interface World {
    readonly call?: Partial<FailedCall>;
    /** cluster1, which calls. */
    readonly here?: ClusterEvidence["lists"];
    /** cluster2, which is called. */
    readonly there?: ClusterEvidence["lists"];
    readonly more?: Partial<Record<"here" | "there", Partial<ClusterEvidence>>>;
}

/** What is found of a failed call. */
export function findingsOf({ call = {}, here = {}, there = {}, more = {} }: World): readonly Finding[] {
    const evidence = new Map([
        [
            "cluster1",
            { ...evidenceOf("cluster1", { ...callerLists(), ...here }, "10.91.0.53"), ...more.here },
        ],
        [
            "cluster2",
            { ...evidenceOf("cluster2", { ...serverLists(), ...there }, "10.92.0.53"), ...more.there },
        ],
    ]);
    return diagnose({ ...failed, ...call }, evidence);
}

/** The codes of what is found, what to mend first on top. */
export function codesOf(world: World): readonly Code[] {
    return findingsOf(world).map(({ code }) => code);
}
