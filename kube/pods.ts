import type { Deployment, Metadata } from "./clusterDns";
import { type ClusterAccess, getJson, type List } from "./kubectl";

/** The parts of a Pod that are used here. */
export interface Pod {
    readonly metadata: Metadata;
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
}

/** The pods that a Deployment selects, without those that are on their way out. */
export async function podsOf(
    access: ClusterAccess,
    namespace: string,
    deployment: Deployment,
): Promise<readonly Pod[]> {
    const pods = await podsWith<Pod>(access, namespace, deployment.spec.selector.matchLabels ?? {});
    return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** The pods of a namespace that have some labels. */
export async function podsWith<T>(
    access: ClusterAccess,
    namespace: string,
    labels: Readonly<Record<string, string>>,
    timeoutSeconds?: number,
): Promise<readonly T[]> {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const selector = encodeURIComponent(pairs.join(","));
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
    return (await getJson<List<T>>(access, path, timeoutSeconds)).items;
}
