import type { LivePod, LiveService } from "../lib/cluster/liveService";
import { answerSeconds, type ClusterAccess, getJson, type List, unlessAbsent } from "./kubectl";

/** A Service with the pods that have its labels, or what is not there, with the names that are. */
export type FoundService =
    | { readonly service: LiveService; readonly pods: readonly LivePod[] }
    | { readonly missing: "namespace" | "Service"; readonly names: readonly string[] };

/**
 * Reads a Service and its pods. Nothing is written.
 *
 * @throws KubectlError where the cluster can't be asked
 */
export async function readService(
    access: ClusterAccess,
    namespace: string,
    name: string,
): Promise<FoundService> {
    const within = `/api/v1/namespaces/${namespace}`;
    const read = <T>(path: string) => getJson<T>(access, path, answerSeconds);
    const service = await unlessAbsent(read<LiveService>(`${within}/services/${name}`));
    if (service === undefined) {
        const isThere = (await unlessAbsent(read(within))) !== undefined;
        const others = await read<List<LiveService>>(isThere ? `${within}/services` : "/api/v1/namespaces");
        return {
            missing: isThere ? "Service" : "namespace",
            names: others.items.map(({ metadata }) => metadata.name),
        };
    }
    const labels = Object.entries(service.spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    if (labels.length === 0) return { service, pods: [] };
    const selector = encodeURIComponent(labels.join(","));
    const pods = await read<List<LivePod>>(`${within}/pods?labelSelector=${selector}`);
    return { service, pods: pods.items };
}
