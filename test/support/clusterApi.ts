import { node } from "./program";

type Objects = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Where a Service is tried without being stored. */
export const dryRunPath = "/api/v1/namespaces/default/services?dryRun=All";

/** What a cluster of one ready node tells of itself: Kubernetes 1.34, services in 10.96.0.0/12. */
export const healthyCluster: Objects = {
    "/api/v1/nodes": { items: [node("node1", "172.30.0.12")] },
    "/version": { gitVersion: "v1.34.4" },
    "/apis/networking.k8s.io/v1/servicecidrs": { items: [{ spec: { cidrs: ["10.96.0.0/12"] } }] },
    [dryRunPath]: { kind: "Service" },
};

const served = {
    "networking.istio.io/v1": ["ServiceEntry", "DestinationRule", "VirtualService", "Gateway"],
    "security.istio.io/v1": ["AuthorizationPolicy"],
    "apps/v1": ["Deployment"],
    v1: ["Service", "ServiceAccount", "Secret"],
};

/** A cluster that has Istio's kinds, and objects of them and of Kubernetes' own, each in its namespace. */
export function withObjects(
    ...objects: readonly {
        readonly kind: string;
        readonly metadata: { readonly name: string; readonly namespace: string };
        readonly spec?: object;
    }[]
): Objects {
    const groups = Object.keys(served).filter((version) => version !== "v1");
    const lists = Object.entries(served).flatMap(([version, kinds]) =>
        kinds.flatMap((kind) => {
            const items = objects
                .filter((object) => object.kind === kind)
                .map((object) => ({ apiVersion: version, ...object }));
            const base = version === "v1" ? "/api/v1" : `/apis/${version}`;
            const namespaces = [...new Set(items.map(({ metadata }) => metadata.namespace))];
            const place = (path: string, some: typeof items) =>
                [
                    `${base}${path}/${pluralOf(kind)}`,
                    { kind: `${kind}List`, apiVersion: version, items: some },
                ] as const;
            return [
                place("", items),
                ...namespaces.map((name) =>
                    place(
                        `/namespaces/${name}`,
                        items.filter(({ metadata }) => metadata.namespace === name),
                    ),
                ),
            ];
        }),
    );
    return {
        "/apis": {
            kind: "APIGroupList",
            apiVersion: "v1",
            groups: groups.map((groupVersion) => {
                const [name = "", version = ""] = groupVersion.split("/");
                return {
                    name,
                    versions: [{ groupVersion, version }],
                    preferredVersion: { groupVersion, version },
                };
            }),
        },
        ...Object.fromEntries(
            Object.entries(served).map(([version, kinds]) => [
                version === "v1" ? "/api/v1" : `/apis/${version}`,
                {
                    kind: "APIResourceList",
                    groupVersion: version,
                    resources: kinds.map((kind) => ({
                        name: pluralOf(kind),
                        singularName: kind.toLowerCase(),
                        namespaced: true,
                        kind,
                        verbs: ["get", "list"],
                    })),
                },
            ]),
        ),
        ...Object.fromEntries(lists),
    };
}

function pluralOf(kind: string): string {
    return kind
        .toLowerCase()
        .replace(/([^aeiou])y$/, "$1ie")
        .concat("s");
}

/** An object that somebody has made with kubectl. */
export function foreign(kind: string, namespace: string, name: string) {
    return { kind, metadata: { name, namespace, managedFields: [{ manager: "kubectl-create" }] } };
}

/** What a user may do everywhere, as the API server says it. */
export function allowing(...resourceRules: readonly object[]): Objects {
    return {
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": {
            kind: "SelfSubjectRulesReview",
            status: { resourceRules, nonResourceRules: [], incomplete: false },
        },
    };
}

/** The list of the API server's own pods, each of which was started with these flags. */
export function apiServerPods(...flags: readonly string[]): Objects {
    const pod = { spec: { containers: [{ command: ["kube-apiserver", ...flags] }] } };
    return {
        "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver": { items: [pod] },
    };
}

/** A Service that holds a node port. */
export function holding(
    namespace: string,
    name: string,
    nodePort: number,
): Readonly<Record<string, unknown>> {
    return { metadata: { namespace, name }, spec: { ports: [{ port: 443, nodePort }] } };
}

/** A kubeconfig of one context, `fake`, for a server and a user. */
export function kubeconfigFor(server: string, user: Readonly<Record<string, unknown>>): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "fake", cluster: { server } }],
        users: [{ name: "fake", user }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    });
}
