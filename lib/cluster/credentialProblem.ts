import { kubeconfigText } from "../base/kubeconfigSource";
import { type Access, kubectlText } from "../base/shownCommands";

/** What is known to be wrong with what a context's user signs in with. */
export type CredentialFailure =
    /** It names nothing of the kind. */
    | { readonly kind: "none" }
    /** When the client certificate ended, RFC 3339. */
    | { readonly kind: "expired"; readonly end: string };

/**
 * A sentence about a cluster that does not let the context's user in, or that is not trusted, with what to do.
 *
 * @param name stack of the cluster
 * @param detail kubectl's message
 * @param known what the kubeconfig itself shows
 * @returns undefined where the message tells of something else
 */
export function credentialProblem(
    name: string,
    access: Access,
    detail: string,
    known?: CredentialFailure,
): string | undefined {
    const whose = `context ${access.context} of ${kubeconfigText(access.kubeconfig)}`;
    const until = `until \`${kubectlText(access, "get nodes")}\` works`;
    if (known?.kind === "none")
        return (
            `${whose} has a user without credentials, so kubectl asks for a user name; ` +
            `log in, or correct the kubeconfig, ${until}`
        );
    if (known?.kind === "expired")
        return (
            `the client certificate of ${whose} ended on ${known.end}, so cluster "${name}" does not accept it; ` +
            `get a new kubeconfig, ${until}`
        );
    if (/\(Unauthorized\)/.test(detail))
        return `cluster "${name}" does not accept the credentials of ${whose}; log in again, ${until}`;
    return commandProblem(whose, until, detail) ?? trustProblem(name, whose, until, detail);
}

/** A command by which the user signs in. */
function commandProblem(whose: string, until: string, detail: string): string | undefined {
    const [, absent] = /getting credentials: exec: executable (\S+) not found/.exec(detail) ?? [];
    if (absent !== undefined)
        return `${whose} signs in by the command ${absent}, which is not installed here, or not on PATH; install it, ${until}`;
    const [, failed, how] =
        /getting credentials: exec: executable (\S+) failed with ([^\n]+)/.exec(detail) ?? [];
    const [, why] = /getting credentials: ([^\n]+)/.exec(detail) ?? [];
    if (failed === undefined)
        return why === undefined ? undefined : `${whose} can't sign in: ${why}; log in again, ${until}`;
    // What the command itself has said comes before.
    const said = detail
        .slice(0, detail.indexOf("Unable to connect"))
        .trim()
        .replace(/\s*\n\s*/g, " ");
    const words = said === "" ? "" : `: ${said}`;
    return `the command ${failed}, by which ${whose} signs in, failed with ${how ?? ""}${words}; log in again, ${until}`;
}

/** The API server's certificate. */
function trustProblem(name: string, whose: string, until: string, detail: string): string | undefined {
    const [, why] = /x509: ([^\n]+)/.exec(detail) ?? [];
    if (why === undefined) return undefined;
    if (/expired|not yet valid/.test(why))
        return (
            `the certificate of cluster "${name}"'s API server, or of its authority, has ended, or this machine's clock is ` +
            `wrong (${why}); renew it, ${until}`
        );
    return (
        `the certificate of cluster "${name}"'s API server is not one that ${whose} trusts (${why}): the kubeconfig is ` +
        `another cluster's, or older than the cluster; get a new one, ${until}`
    );
}
