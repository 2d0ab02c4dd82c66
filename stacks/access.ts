import { stackOwner } from "../components/ownNamespace";
import { findKubeconfig, unlessMissing } from "../kube/kubeconfig";
import type { ClusterStackSettings } from "../lib/config/clusterStack";

/**
 * How the resources of a cluster's stack are told to reach it: by what is the same for everybody. Where the kubeconfig is, whoever
 * needs it finds in the stack's settings.
 */
export function clusterInputs({ cluster }: ClusterStackSettings): {
    readonly stack: string;
    readonly context: string;
} {
    return { stack: stackOwner(), context: cluster.context };
}

/**
 * The settings with the name of the context, which they need not say where the kubeconfig brings it along. Where that can't be
 * found, they are as they were, and whoever reads the cluster says why.
 */
export function withContext(settings: ClusterStackSettings): ClusterStackSettings {
    const { cluster } = settings;
    const context = unlessMissing(() => findKubeconfig(cluster).context) ?? cluster.context;
    return { ...settings, cluster: { ...cluster, context } };
}
