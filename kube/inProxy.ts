import { proxyContainer } from "../lib/istio/proxy";
import { answerSeconds, type ClusterAccess, kubectl, KubectlError } from "./kubectl";

/** What a command in a proxy's container wrote, or why it could not be run. */
export interface InProxy {
    readonly output?: string;
    readonly reason?: string;
}

/** The page on which Envoy says which certificates it holds; keys are blacked out. */
export const secretsPage = "config_dump?resource=dynamic_active_secrets";

/** Seconds that a proxy may take where it is one of several things that are looked at. */
const limitSeconds = 10;

/**
 * Runs a command in the proxy's container of a pod. The container has Istio's agent, which is enough for {@link envoyPage}; it may
 * have no shell and no other tool.
 *
 * @param pod `NAMESPACE/NAME`
 * @throws KubectlError where it can't be run
 */
async function runInProxy(
    access: ClusterAccess,
    pod: string,
    command: readonly string[],
    timeoutSeconds: number,
): Promise<string> {
    const [namespace = "", name = ""] = pod.split("/");
    const args = ["exec", "-n", namespace, name, "-c", proxyContainer, "--", ...command];
    return kubectl(access, args, { timeoutSeconds });
}

/** What a command wrote in the proxy's container of a pod, `NAMESPACE/NAME`, or why it could not be run. */
export async function inProxy(
    access: ClusterAccess,
    pod: string,
    command: readonly string[],
): Promise<InProxy> {
    try {
        return { output: await runInProxy(access, pod, command, limitSeconds) };
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return { reason: lastLine(error) };
    }
}

/** Asks Istio's agent for a page of its proxy's administration. */
const request = (page: string) => ["pilot-agent", "request", "GET", page];

/** A page of a proxy's administration, or why it could not be read. */
export function envoyPage(access: ClusterAccess, pod: string, page: string): Promise<InProxy> {
    return inProxy(access, pod, request(page));
}

/**
 * A page of the administration of the proxy of a pod, `NAMESPACE/NAME`.
 *
 * @throws KubectlError where it can't be read
 */
export function readEnvoyPage(access: ClusterAccess, pod: string, page: string): Promise<string> {
    return runInProxy(access, pod, request(page), answerSeconds);
}

/** The last line of what kubectl says, which is the one with the reason. */
export function lastLine({ detail }: KubectlError): string {
    return detail.split("\n").at(-1) ?? detail;
}
