import type { Subset } from "../istio/types";

/**
 * The labels by which a gateway's endpoint says which versions are behind it. One endpoint stands for all versions of its
 * cluster, so each has a label of its own; which version a call gets is in the server name that it sends.
 *
 * @example subsetLabels(["v1"]) // { "subset.istio-multicluster/v1": "true" }
 */
export function subsetLabels(names: readonly string[]): Readonly<Record<string, string>> {
    return Object.fromEntries([...names].sort().map((name) => [`subset.istio-multicluster/${name}`, "true"]));
}

/** The subsets of an imported service, each of which selects the gateways that have it behind them. */
export function importSubsets(names: readonly string[]): readonly Subset[] {
    return [...new Set(names)].sort().map((name) => ({ name, labels: subsetLabels([name]) }));
}

/** The subsets of an exported service, each of which selects pods. */
export function exportSubsets(
    subsets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): readonly Subset[] {
    return Object.entries(subsets)
        .map(([name, labels]) => ({ name, labels }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
}
