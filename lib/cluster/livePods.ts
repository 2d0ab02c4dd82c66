import { proxyContainer } from "../istio/proxy";

interface Named {
    readonly name: string;
}

/** The parts of a pod that are looked at here. */
interface Pod {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly spec?: { readonly containers?: readonly Named[]; readonly initContainers?: readonly Named[] };
    readonly status?: {
        readonly phase?: string;
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
}

/** Whether istiod has put a proxy into a pod, as a container or as an init container that stays. */
export function hasSidecar({ spec }: Pick<Pod, "spec">): boolean {
    return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(
        ({ name }) => name === proxyContainer,
    );
}

/** Whether a pod gets traffic. */
export function isReady({ status }: Pick<Pod, "status">): boolean {
    return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** Whether a pod is there to be called, ready or not. */
export function isThere({ metadata, status }: Pick<Pod, "metadata" | "status">): boolean {
    return metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(status?.phase ?? "");
}
