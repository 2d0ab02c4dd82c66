import { setTimeout as pause } from "node:timers/promises";
import { readEnvoyPage } from "./inProxy";
import { answerSeconds, type ClusterAccess, getJson, KubectlError, type List } from "./kubectl";
import type { Pod } from "./pods";
import { isReady } from "../lib/cluster/livePods";

/** How long to look, and how often. */
export interface ChainPatience {
    readonly limitSeconds: number;
    readonly intervalMilliseconds: number;
}

/**
 * Waits until every ready pod of a cluster's east-west gateway passes calls on for some server names: istiod builds the
 * chains of a new host a moment after its objects are written, and a call that comes before is refused.
 *
 * @returns the names that are still missing when the time is up
 * @throws KubectlError when the pods can't be asked
 */
export async function missingChains(
    { kubeconfig, context }: ClusterAccess,
    namespace: string,
    serverNames: readonly string[],
    { limitSeconds, intervalMilliseconds }: ChainPatience = { limitSeconds: 60, intervalMilliseconds: 500 },
): Promise<readonly string[]> {
    const end = Date.now() + limitSeconds * 1000;
    for (;;) {
        const began = Date.now();
        const missing = await missingNow({ kubeconfig, context }, namespace, serverNames);
        if (missing.length === 0 || Date.now() >= end) return missing;
        // A proxy with a thousand hosts dumps megabytes each time, and has calls to pass on meanwhile.
        await pause(Math.max(intervalMilliseconds, 2 * (Date.now() - began)));
    }
}

async function missingNow(
    access: ClusterAccess,
    namespace: string,
    serverNames: readonly string[],
): Promise<readonly string[]> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Distio-eastwestgateway`;
    const { items } = await getJson<List<Pod>>(access, path, answerSeconds);
    const ready = items.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
    if (ready.length === 0) return serverNames;
    const listeners = await Promise.all(
        ready.map(({ metadata }) => listenersOf(access, namespace, metadata.name)),
    );
    return serverNames.filter((name) => !listeners.every((text) => text.includes(`"${name}"`)));
}

/** The listeners that a gateway's proxy has, as it dumps them; empty where the pod has gone meanwhile. */
async function listenersOf(access: ClusterAccess, namespace: string, pod: string): Promise<string> {
    try {
        return await readEnvoyPage(access, `${namespace}/${pod}`, "config_dump?resource=dynamic_listeners");
    } catch (error) {
        if (error instanceof KubectlError && error.reason === "NotFound") return "";
        throw error;
    }
}
