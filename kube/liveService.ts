import type { LivePod, LiveService } from "../lib/cluster/liveService";
import { answerSeconds, type ClusterAccess, getJson, type List, unlessAbsent } from "./kubectl";
import { podsWith } from "./pods";

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
    const labels = service.spec.selector ?? {};
    const pods =
        Object.keys(labels).length === 0
            ? []
            : await podsWith<LivePod>(access, namespace, labels, answerSeconds);
    return { service, pods };
}
