import { type Access, kubectlText } from "../base/shownCommands";
import { type CredentialFailure, credentialProblem } from "./credentialProblem";
import { type KubeconfigFailure, kubeconfigProblem } from "./kubeconfigProblem";

/** Why a cluster could not be read. */
export interface AccessFailure {
    /** kubectl's message, or that of whoever found out. */
    readonly detail: string;
    /** What is wrong with the kubeconfig, if it is that. */
    readonly kubeconfig?: KubeconfigFailure;
    /** What is known to be wrong with what the context's user signs in with. */
    readonly credentials?: CredentialFailure;
}

/** What is known of the node port that the configuration fixes. */
export interface NodePortFacts {
    readonly port: number;
    /** The Service that holds it, as `NAMESPACE/NAME`, where that isn't the gateway's own; `true` where it can't be named. */
    readonly takenBy?: string | true;
    /** The cluster's range, such as `30000-32767`; undefined where the API server does not show its settings. */
    readonly range?: string;
}

/** The range of node ports unless an API server is told another one. */
export const defaultNodePortRange = "30000-32767";

/**
 * A sentence about a cluster that can't be read, with what to do.
 *
 * @param name stack of the cluster
 */
export function accessProblem(
    name: string,
    access: Access,
    { detail, kubeconfig, credentials }: AccessFailure,
): string {
    if (kubeconfig) return kubeconfigProblem(`Pulumi.${name}.yaml`, access, kubeconfig);
    if (/is not on PATH/.test(detail)) return `cluster "${name}" can't be read: ${detail}`;
    const problem = credentialProblem(name, access, detail, credentials);
    if (problem !== undefined) return problem;
    const said = detail.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    const closed = /\bEOF$|connection reset/.test(detail)
        ? " (it, or a proxy before it, closed the connection without an answer)"
        : "";
    const command = `\`${kubectlText(access, "get nodes")}\``;
    return `cluster "${name}" can't be reached: ${said}${closed}; see that it runs, and that ${command} works`;
}

/** What to say of a fixed node port: a sentence about one that can't work, or about one of which that is not known. */
export function judgeNodePort({ port, takenBy, range }: NodePortFacts): {
    readonly problem?: string;
    readonly warning?: string;
} {
    if (!isInRange(port, range ?? defaultNodePortRange)) {
        return range === undefined
            ? {
                  warning:
                      `gateway.nodePort is ${port}, which is outside ${defaultNodePortRange}, Kubernetes' default range of ` +
                      `node ports. This cluster does not show its own range; the update fails if ${port} is outside of it.`,
              }
            : {
                  problem: `gateway.nodePort is ${port}, which is outside ${range}, the cluster's range of node ports; choose one inside`,
              };
    }
    if (takenBy === undefined) return {};
    const holder = takenBy === true ? "another Service" : `the Service ${takenBy}`;
    return { problem: `gateway.nodePort is ${port}, which ${holder} has already; choose another` };
}

/** Whether a port is inside a range such as `30000-32767`. */
export function isInRange(port: number, range: string): boolean {
    const [from = NaN, to = NaN] = range.split("-").map(Number);
    return port >= from && port <= to;
}
