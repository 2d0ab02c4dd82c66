import type { KubeconfigSource } from "./kubeconfigSource";

/** How a cluster is reached: a kubeconfig and a context in it. */
export interface Access {
    readonly kubeconfig?: KubeconfigSource | undefined;
    readonly context: string;
}

/** A text as one word of a POSIX shell, without quotes where it needs none. */
export function shellWord(text: string): string {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A kubectl command on one cluster, to be shown: without its context it would be run on whichever cluster is current. Where the
 * kubeconfig is no file that the settings name, it is for kubectl to find.
 *
 * @param args what follows; nothing for the begin of a command
 */
export function kubectlText({ kubeconfig, context }: Access, args = ""): string {
    const file = typeof kubeconfig === "string" ? `--kubeconfig ${pathWord(kubeconfig)} ` : "";
    return `kubectl ${file}--context ${shellWord(context)} ${args}`.trimEnd();
}

/** A path as one word, with the home folder's sign left to the shell. */
function pathWord(path: string): string {
    return path.startsWith("~/") ? `~/${shellWord(path.slice(2))}` : shellWord(path);
}
