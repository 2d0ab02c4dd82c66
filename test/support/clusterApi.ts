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
export function kubeconfigFor(server: string, user: Readonly<Record<string, string>>): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "fake", cluster: { server } }],
        users: [{ name: "fake", user }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    });
}
