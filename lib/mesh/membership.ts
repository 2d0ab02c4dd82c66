import { type KubeconfigSource, kubeconfigText } from "../base/kubeconfigSource";
import type { ImportSettings } from "../config/imports";

/** The clusters of the mesh, as far as the certificate stack tells. */
export interface Mesh {
    readonly caStack: string;
    /** Names of the clusters, from the certificate stack's outputs and its stack file. */
    readonly clusters: readonly string[];
}

/** Sentences about imports from clusters that the mesh does not have, mostly misspelt ones. */
export function foreignImports(
    imports: readonly Pick<ImportSettings, "from">[],
    { caStack, clusters }: Mesh,
): readonly string[] {
    // Without a word of the certificate stack, nothing is known. An import from that stack itself has a message of its own.
    if (clusters.length === 0) return [];
    return imports.flatMap(({ from }, index) =>
        from
            .filter((name) => name !== caStack && !clusters.includes(name))
            .map(
                (name) =>
                    `imports[${index}].from ${from.length > 1 ? "names" : "is"} ${name}, but the mesh has only ` +
                    `${[...clusters].sort().join(", ")}; correct it, or add ${name} to ca.clusters in Pulumi.${caStack}.yaml`,
            ),
    );
}

/** One cluster's stack file, as far as it says which cluster that is. */
export interface Place {
    readonly stack: string;
    /** Its stack file, as it is called in messages. */
    readonly file: string;
    /** Where it says that the kubeconfig comes from. */
    readonly kubeconfig?: KubeconfigSource | undefined;
    /** A text that is the same for the same kubeconfig; undefined where that can't be compared. */
    readonly where: string | undefined;
    readonly context: string;
}

/**
 * A text that is the same for the same kubeconfig. What a stack holds encrypted is not known to others.
 *
 * @param absolute makes an absolute path of one in a stack's file
 */
export function whereIs(
    source: KubeconfigSource | undefined,
    absolute: (path: string) => string,
): string | undefined {
    if (source === undefined) return "";
    if (typeof source === "string") return absolute(source);
    return "content" in source ? undefined : JSON.stringify([source.stack, source.output]);
}

/** Sentences about other stacks, of this mesh or another, that would install into this stack's cluster. */
export function sharedClusters(own: Place, others: readonly Place[]): readonly string[] {
    return others
        .filter(
            ({ file, where, context }) =>
                file !== own.file && where !== undefined && where === own.where && context === own.context,
        )
        .map(
            ({ file }) =>
                `cluster is context ${own.context} of ${kubeconfigText(own.kubeconfig)}, and so it is in ${file}; ` +
                `two stacks can't share a cluster, so correct one of the two`,
        );
}
