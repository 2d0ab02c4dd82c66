import { kubectlText } from "../base/shownCommands";

/** Why a cluster could not be read. */
export interface AccessFailure {
    /** kubectl's message, or that of whoever found out. */
    readonly detail: string;
    /** What the kubeconfig lacks, if it is that. */
    readonly missing?: "kubeconfig" | "context" | "credentials";
    /** The contexts that the kubeconfig has, where the one that was asked for is missing. */
    readonly contexts?: readonly string[];
}

/** How a stack reaches its cluster. */
interface Access {
    readonly kubeconfig: string;
    readonly context: string;
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
    { kubeconfig, context }: Access,
    { detail, missing, contexts = [] }: AccessFailure,
): string {
    const file = `Pulumi.${name}.yaml`;
    if (missing === "kubeconfig") {
        return (
            `cluster.kubeconfig is ${kubeconfig}, and there is no such file; correct it in ${file} ` +
            `(a relative path begins at the project folder, and ~ is not expanded)`
        );
    }
    if (missing === "context") {
        const there = contexts.length === 0 ? "no context at all" : `only ${contexts.join(", ")}`;
        return `cluster.context is ${context}, but ${kubeconfig} has ${there}; correct it in ${file}`;
    }
    if (/is not on PATH/.test(detail)) return `cluster "${name}" can't be read: ${detail}`;
    const command = `\`${kubectlText({ kubeconfig, context }, "get nodes")}\``;
    if (missing === "credentials") {
        return (
            `context ${context} of ${kubeconfig} has a user without credentials, so kubectl asks for a user name; ` +
            `log in, or correct the kubeconfig, until ${command} works`
        );
    }
    if (/\(Unauthorized\)/.test(detail)) {
        return (
            `cluster "${name}" does not accept the credentials of context ${context} of ${kubeconfig}; ` +
            `log in again, until ${command} works`
        );
    }
    const said = detail.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    const closed = /\bEOF$|connection reset/.test(detail)
        ? " (it, or a proxy before it, closed the connection without an answer)"
        : "";
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
