import { type KubeconfigSource, kubeconfigText } from "../base/kubeconfigSource";

/** Why there is no kubeconfig that can be used, or not the context in it. */
export type KubeconfigFailure =
    /** The file is not there. */
    | { readonly kind: "file" }
    /** None of the files that kubectl looks for is there: those of the variable KUBECONFIG, or none where it is not set. */
    | { readonly kind: "variable"; readonly files: readonly string[] }
    /** It is no kubeconfig; why, as the end of a sentence. */
    | { readonly kind: "content"; readonly why: string }
    /** It does not have the context, but these; without a name none was asked for, and it has no current one. */
    | { readonly kind: "context"; readonly contexts: readonly string[] }
    /** The stack's settings do not say how its cluster is reached. */
    | { readonly kind: "unsaid" }
    /** The settings are encrypted, or come from an environment, and Pulumi does not tell them. */
    | { readonly kind: "settings"; readonly said: string }
    /** Another stack's output can't be had. */
    | { readonly kind: "output"; readonly said: string };

/** Whether there is nothing that could lead to the cluster, rather than something in the way. */
export function isAbsent({ kind }: KubeconfigFailure): boolean {
    return kind === "file" || kind === "variable" || kind === "context";
}

const passphraseHint =
    "set PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE to what the stack is encrypted with";

/**
 * A sentence about it, with what to do.
 *
 * @param file the stack's file
 */
export function kubeconfigProblem(
    file: string,
    { kubeconfig, context }: { readonly kubeconfig?: KubeconfigSource | undefined; readonly context: string },
    failure: KubeconfigFailure,
): string {
    const what = kubeconfigText(kubeconfig);
    switch (failure.kind) {
        case "file":
            return (
                `cluster.kubeconfig is ${what}, and there is no such file; correct it in ${file} ` +
                `(a relative path begins at the folder of that file, and ~/ at the home folder)`
            );
        case "variable":
            return failure.files.length === 0
                ? "there is no kubeconfig: the variable KUBECONFIG is not set, and there is no ~/.kube/config; set the " +
                      `variable, or cluster.kubeconfig in ${file}`
                : `the variable KUBECONFIG names ${failure.files.join(" and ")}, and there is no such file; correct it, or ` +
                      `set cluster.kubeconfig in ${file}`;
        case "content":
            return `${what} is no kubeconfig: ${failure.why}`;
        case "context":
            return contextProblem(file, what, context, failure.contexts);
        case "unsaid":
            return `${file} does not say how its cluster is reached; correct cluster.kubeconfig and cluster.context there`;
        case "settings":
            return `what ${file} holds encrypted can't be read (${failure.said}); ${passphraseHint}`;
        case "output":
            return outputProblem(file, what, kubeconfig, failure.said);
    }
}

function contextProblem(file: string, what: string, context: string, contexts: readonly string[]): string {
    const there = contexts.length === 0 ? "no context at all" : `only ${contexts.join(", ")}`;
    return context === ""
        ? `cluster.context is missing in ${file}, and ${what} has no current-context, but ${there}; name one of them`
        : `cluster.context is ${context}, but ${what} has ${there}; correct it in ${file}`;
}

/** Pulumi's words for a stack that can't be read are few. */
function outputProblem(
    file: string,
    what: string,
    source: KubeconfigSource | undefined,
    said: string,
): string {
    const stack = typeof source === "object" && "stack" in source ? source.stack : "";
    if (/no stack named|unknown stack/.test(said))
        return (
            `cluster.kubeconfig in ${file} is the ${what}, but the backend has no such stack; correct the name ` +
            `(of another project: organization/PROJECT/STACK), or bring it up first`
        );
    if (/does not have output property/.test(said))
        return (
            `cluster.kubeconfig in ${file} is the ${what}, which has no such output; correct the name, or update ` +
            `${stack} first`
        );
    if (/passphrase|decrypt|authentication failed|secrets? (manager|provider)/.test(said))
        return (
            `the ${what} is encrypted with another passphrase or key than this run has (${said}); both stacks need the same: ` +
            `see \`pulumi stack change-secrets-provider\``
        );
    return `the ${what} can't be read (${said}); see that \`pulumi stack output --stack ${stack}\` shows it`;
}
