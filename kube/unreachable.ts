import { isUnreachable } from "./kubectl";

/**
 * Whether a deletion that failed may count as done: the cluster was not reached, and the user has said, in the way of
 * Pulumi's Kubernetes provider, that what is in an unreachable cluster may be forgotten.
 */
export function mayAbandon(error: unknown): boolean {
    return isUnreachable(error) && process.env["PULUMI_K8S_DELETE_UNREACHABLE"] === "true";
}
