import type { Deployment, Metadata } from "./clusterDns";
import { type ClusterAccess, getJson } from "./kubectl";

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
    const labels = Object.entries(deployment.spec.selector.matchLabels ?? {});
    const selector = encodeURIComponent(labels.map(([key, value]) => `${key}=${value}`).join(","));
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
    const { items } = await getJson<{ readonly items: readonly Pod[] }>(access, path);
    return items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** Whether a pod gets traffic. */
export function isReady(pod: Pod): boolean {
    return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
