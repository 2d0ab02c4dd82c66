/** How a cluster is reached: a kubeconfig file and a context in it. */
export interface Access {
    readonly kubeconfig: string;
    readonly context: string;
}

/** A text as one word of a POSIX shell, without quotes where it needs none. */
export function shellWord(text: string): string {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A kubectl command on one cluster, to be shown: without its context it would be run on whichever cluster is current.
 *
 * @param args what follows; nothing for the begin of a command
 */
export function kubectlText({ kubeconfig, context }: Access, args = ""): string {
    return `kubectl --kubeconfig ${shellWord(kubeconfig)} --context ${shellWord(context)} ${args}`.trimEnd();
}
