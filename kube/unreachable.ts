import { isAbsent } from "../lib/cluster/kubeconfigProblem";
import { KubeconfigError, KubectlError } from "./access";

/** Whether these are kubectl's words for an API server at whose address nothing answers. */
export function isSilence(detail: string): boolean {
    if (/^The connection to the server \S+ was refused/m.test(detail)) return true;
    const why = /^Unable to connect to the server: (.*)$/m.exec(detail)?.[1] ?? "";
    return /connection refused|no route to host|network is unreachable|i\/o timeout|no such host|Client\.Timeout|TLS handshake timeout|deadline exceeded|connection timed out/.test(
        why,
    );
}

/**
 * Whether a deletion that failed may count as done: nothing answers at the cluster's address, and the user has said, in the
 * way of Pulumi's Kubernetes provider, that what is in an unreachable cluster may be forgotten. A cluster that only does not
 * let us in is there, with all that is in it.
 */
export function mayAbandon(error: unknown): boolean {
    if (process.env["PULUMI_K8S_DELETE_UNREACHABLE"] !== "true") return false;
    if (!(error instanceof KubectlError) || error.reason !== "") return false;
    // Gone with all that leads to it.
    if (error instanceof KubeconfigError) return isAbsent(error.failure);
    const { detail } = error;
    return (
        isSilence(detail) ||
        /^no answer within/.test(detail) ||
        /^error: context .* does not exist$/.test(detail)
    );
}
