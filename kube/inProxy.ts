import { proxyContainer } from "../lib/istio/proxy";
import { type ClusterAccess, kubectl, KubectlError } from "./kubectl";

/** What a command in a proxy's container wrote, or why it could not be run. */
export interface InProxy {
    readonly output?: string;
    readonly reason?: string;
}

/** The page on which Envoy says which certificates it holds; keys are blacked out. */
export const secretsPage = "config_dump?resource=dynamic_active_secrets";

/**
 * Runs a command in the proxy's container of a pod. The container has Istio's agent, which is enough for {@link envoyPage}; it may
 * have no shell and no other tool.
 *
 * @param pod `NAMESPACE/NAME`
 */
export async function inProxy(
    access: ClusterAccess,
    pod: string,
    command: readonly string[],
): Promise<InProxy> {
    const [namespace = "", name = ""] = pod.split("/");
    try {
        const args = ["exec", "-n", namespace, name, "-c", proxyContainer, "--", ...command];
        return { output: await kubectl(access, args, { timeoutSeconds: 10 }) };
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return { reason: lastLine(error) };
    }
}

/** Reads a page of a proxy's administration, through Istio's agent. */
export function envoyPage(access: ClusterAccess, pod: string, page: string): Promise<InProxy> {
    return inProxy(access, pod, ["pilot-agent", "request", "GET", page]);
}

/** The last line of what kubectl says, which is the one with the reason. */
export function lastLine({ detail }: KubectlError): string {
    return detail.split("\n").at(-1) ?? detail;
}
