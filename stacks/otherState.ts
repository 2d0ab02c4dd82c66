import type { ClusterFindings } from "../lib/cluster/findings";
import { clusterStateProblem } from "../lib/cluster/otherStateProblem";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { backendInUse } from "./backend";
import type { ClusterCa } from "./clusterCa";
import { holdsResources, type OwnState } from "./ownState";

/** What is known of a cluster and of the states. */
interface Known {
    readonly ca: Pick<ClusterCa, "isOurs" | "strange">;
    readonly holds: Pick<ClusterFindings, "ours">;
    readonly own: OwnState;
}

/**
 * Finds out whether the cluster has objects of this stack that the state does not know, which then is not the state that
 * they were made with. Where the last update came to its end, this compares what has been read already, and asks nobody.
 *
 * @returns sentences about what was found
 */
export async function otherState(
    stack: string,
    { cluster, mesh }: ClusterStackSettings,
    { ca, holds, own }: Known,
): Promise<readonly string[]> {
    const there = [...holds.ours, ...(ca.isOurs ? ["the Secret cacerts"] : [])];
    const isUnknown = !cluster.adopt && !own.isUp && there.length > 0 && !(await holdsResources());
    if (ca.strange === undefined && !isUnknown) return [];
    const findings = {
        stack,
        caStack: mesh.caStack,
        certificates: ca.strange,
        unknown: isUnknown ? there : [],
    };
    return [clusterStateProblem(findings, await backendInUse())];
}

/** A warning of a setting that is for one update only. */
export function adoptionWarnings(stack: string, { cluster }: ClusterStackSettings): readonly string[] {
    return cluster.adopt
        ? [
              `cluster.adopt is true, so what the cluster has of this stack is taken over. Take it out of ` +
                  `Pulumi.${stack}.yaml after this update.`,
          ]
        : [];
}
