import type { Hop } from "../../lib/doctor/codes";
import type { ExporterOf, FailedCall } from "../../lib/doctor/finding";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { CalledPort, Target } from "./check";
import type { CheckReport } from "./run";

/** Outputs by stack; undefined for a cluster that is not up. */
export type Clusters = ReadonlyMap<string, ClusterOutputs | undefined>;

/** A call that was tried. */
export interface Tried {
    readonly target: Target;
    readonly checks: readonly CheckReport[];
}

/**
 * Says of a tried call how it failed; undefined for one that passed. One that could not be made, for want of something in the pod
 * that asks or of a right, is looked at from outside.
 */
export function failedCall({ target, checks }: Tried, clusters: Clusters): FailedCall | undefined {
    const failures = checks.filter(({ status }) => status === "failed");
    if (failures.length === 0) return undefined;
    const failure = failures.find(({ isUntried }) => isUntried !== true);
    const { probe } = target;
    const caller = { namespace: probe.namespace, workload: probe.deployment };
    if (failure === undefined) return callFromOutside(target, caller, clusters);
    return { ...callOf(target, caller, clusters), endedAt: hopOf(failure), seen: failure.detail };
}

/** A call that could not be made: it may end anywhere. */
export function callFromOutside(
    target: CalledPort,
    caller: Omit<FailedCall["caller"], "cluster">,
    clusters: Clusters,
): FailedCall {
    return { ...callOf(target, caller, clusters), isFromOutside: true };
}

/** The ends of a call, made or not. */
export function callOf(
    { host, port, path, virtualAddress, cluster, from, egress = false }: CalledPort,
    caller: Omit<FailedCall["caller"], "cluster">,
    clusters: Clusters,
): FailedCall {
    return {
        ...{ host, port, path, virtualAddress },
        caller: { cluster, ...caller },
        exporters: exportersOf(host, [...new Set([...from.split(","), cluster])], clusters),
        isThroughEgress: egress,
        endedAt: "name",
        at: Date.now(),
        seen: "",
    };
}

function exportersOf(host: string, names: readonly string[], clusters: Clusters): readonly ExporterOf[] {
    return names.flatMap((cluster) => {
        const exported = clusters.get(cluster)?.exports.find((each) => each.host === host);
        return exported === undefined
            ? []
            : [{ cluster, namespace: exported.namespace, identities: exported.identities }];
    });
}

function hopOf({ name, detail, isAnswered }: CheckReport): Hop {
    if (name === "cluster DNS" || name === "GlobalDns") return "name";
    if (name === "sidecar" || name === "gateway") return name;
    if (/curl: \(6\)/.test(detail)) return "name";
    return isAnswered ? "workload" : "passage";
}
