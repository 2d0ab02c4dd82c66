import { askPods, type AskedPod, readLists } from "../../kube/evidence";
import type { ClusterAccess } from "../../kube/kubectl";
import type { KubeconfigSource } from "../../lib/base/kubeconfigSource";
import { systemNamespace } from "../../lib/config/istio";
import type { Hop } from "../../lib/doctor/codes";
import { diagnose } from "../../lib/doctor/diagnose";
import type { ClusterEvidence, Evidence, NotRead } from "../../lib/doctor/evidence";
import type { ExporterOf, FailedCall, Finding } from "../../lib/doctor/finding";
import { hasSidecar } from "../../lib/cluster/livePods";
import { callerPods, podPortOf, serverPods } from "../../lib/doctor/workloads";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { hostPort, type Target } from "./check";
import type { CheckReport } from "./run";

/** Outputs by stack; undefined for a cluster that is not up. */
export type Clusters = ReadonlyMap<string, ClusterOutputs | undefined>;

/** How clusters are reached and whose the mesh's objects are. */
export interface Surroundings {
    /** Name of the Pulumi project. */
    readonly project: string;
    readonly accessOf: (outputs: ClusterOutputs) => ClusterAccess;
    /** Where a stack's settings say that its kubeconfig is. */
    readonly kubeconfigOf: (stack: string) => KubeconfigSource | undefined;
}

/** A call that was tried. */
export interface Tried {
    readonly target: Target;
    readonly checks: readonly CheckReport[];
}

/** What was found about a failed call. */
export interface Diagnosis {
    readonly findings: readonly Finding[];
    readonly notLookedAt: readonly NotRead[];
}

/** Pods of one export that are asked. */
const podsAsked = 2;

/**
 * Says of a tried call how it failed; undefined for one that passed, and for one that could not be tried for want of something
 * in the pod that asks.
 */
export function failedCall({ target, checks }: Tried, clusters: Clusters): FailedCall | undefined {
    const failure = checks.find(({ status }) => status === "failed");
    if (failure === undefined || failure.isUntried) return undefined;
    const { host, port, path, virtualAddress, cluster, from, probe, egress = false } = target;
    return {
        ...{ host, port, path, virtualAddress },
        caller: { cluster, namespace: probe.namespace, workload: probe.deployment },
        exporters: exportersOf(host, [...new Set([...from.split(","), cluster])], clusters),
        isThroughEgress: egress,
        endedAt: hopOf(failure),
        at: Date.now(),
        seen: failure.detail,
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

/** Looks at both ends of the calls that failed, all clusters side by side, and at nothing where none did. */
export async function diagnoseCalls(
    tried: readonly Tried[],
    clusters: Clusters,
    surroundings: Surroundings,
): Promise<ReadonlyMap<Target, Diagnosis>> {
    const failed = tried.flatMap(({ target, checks }) => {
        const call = failedCall({ target, checks }, clusters);
        return call === undefined ? [] : [{ target, call }];
    });
    const calls = failed.map(({ call }) => call);
    const names = [...new Set(calls.flatMap(endsOf))];
    const read = await Promise.all(
        names.map(async (cluster) => {
            const outputs = clusters.get(cluster);
            return outputs === undefined ? [] : [await readEvidence(cluster, outputs, calls, surroundings)];
        }),
    );
    const evidence: Evidence = new Map(read.flat().map((each) => [each.cluster, each]));
    return new Map(failed.map(({ target, call }) => [target, diagnosis(call, evidence)]));
}

function diagnosis(call: FailedCall, evidence: Evidence): Diagnosis {
    return {
        findings: diagnose(call, evidence),
        notLookedAt: endsOf(call).flatMap((cluster) => evidence.get(cluster)?.notRead ?? []),
    };
}

function endsOf({ caller, exporters }: FailedCall): readonly string[] {
    return [...new Set([caller.cluster, ...exporters.map(({ cluster }) => cluster)])];
}

async function readEvidence(
    cluster: string,
    outputs: ClusterOutputs,
    calls: readonly FailedCall[],
    { project, accessOf, kubeconfigOf }: Surroundings,
): Promise<ClusterEvidence> {
    const access = accessOf(outputs);
    const known = {
        ...{ cluster, outputs, access: { kubeconfig: kubeconfigOf(cluster), context: outputs.context } },
        systemNamespace: outputs.gateway.namespace ?? systemNamespace,
        // Stacks are told apart without their organization, which differs by backend.
        owner: `organization/${project}/${cluster}`,
    };
    const namespaces = calls.flatMap(({ caller, exporters }) =>
        [caller, ...exporters].filter((end) => end.cluster === cluster).map(({ namespace }) => namespace),
    );
    const { lists, notRead } = await readLists(access, known, [...new Set(namespaces)]);
    const first = { ...known, lists, notRead, servers: {}, proxies: [] };
    const asked = await askPods(access, cluster, podsToAsk(first, calls));
    return { ...first, ...asked, notRead: [...notRead, ...asked.notRead] };
}

/** The ends of the calls that came as far as the workload's side, where certificates and the application count. */
function podsToAsk(evidence: ClusterEvidence, calls: readonly FailedCall[]): readonly AskedPod[] {
    const pods = new Map<string, AskedPod>();
    for (const call of calls.filter(({ endedAt }) => endedAt === "passage" || endedAt === "workload")) {
        const { caller, exporters, path, host, port } = call;
        if (caller.cluster === evidence.cluster)
            for (const pod of callerPods(evidence, call).filter(hasSidecar).slice(0, 1))
                add(pods, { pod: nameIn(pod) });
        for (const exporter of exporters.filter(({ cluster }) => cluster === evidence.cluster)) {
            const server = { path, host: hostPort(host, port.number), ports: [podPortOf(evidence, call)] };
            for (const pod of serverPods(evidence, call, exporter).filter(hasSidecar).slice(0, podsAsked))
                add(pods, { pod: nameIn(pod), server });
        }
    }
    return [...pods.values()];
}

/** Each pod is asked once, for all the ports that calls come to. */
function add(pods: Map<string, AskedPod>, { pod, server }: AskedPod): void {
    const known = pods.get(pod)?.server;
    const ports = [...new Set([...(known?.ports ?? []), ...(server?.ports ?? [])])];
    const both = known ?? server;
    pods.set(pod, { pod, ...(both && { server: { ...both, ports } }) });
}

function nameIn({
    metadata,
}: {
    readonly metadata: { readonly namespace?: string; readonly name: string };
}): string {
    return `${metadata.namespace ?? ""}/${metadata.name}`;
}
