/**
 * Where a stack's kubeconfig comes from, as its setting `cluster.kubeconfig` says it; left out, it is found as kubectl finds
 * it, by the variable KUBECONFIG or as ~/.kube/config.
 *
 * - a text: path of a file, relative to the project folder; `~/` stands for the home folder
 * - `content`: the kubeconfig itself
 * - `stack` and `output`: the output of another stack that holds it
 */
export type KubeconfigSource =
    string | { readonly content: string } | { readonly stack: string; readonly output: string };

/** How a sentence calls a kubeconfig. */
export function kubeconfigText(source: KubeconfigSource | undefined): string {
    if (source === undefined) return "your own kubeconfig (KUBECONFIG, or ~/.kube/config)";
    if (typeof source === "string") return source;
    if ("content" in source) return "cluster.kubeconfig.content";
    return `output ${source.output} of stack ${source.stack}`;
}
