import { askPods, type AskedPod, readLists } from "../../kube/evidence";
import type { ClusterAccess } from "../../kube/kubectl";
import type { KubeconfigSource } from "../../lib/base/kubeconfigSource";
import { systemNamespace } from "../../lib/config/istio";
import { diagnose } from "../../lib/doctor/diagnose";
import type { ClusterEvidence, Evidence, NotRead } from "../../lib/doctor/evidence";
import type { FailedCall, Finding } from "../../lib/doctor/finding";
import { hasSidecar } from "../../lib/cluster/livePods";
import { callerPods, podPortOf, serverPods } from "../../lib/doctor/workloads";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { egressNamespace } from "../../lib/mesh/egressPlace";
import { hostPort } from "./check";
import type { Clusters } from "./failedCall";
import type { WhySilent } from "./podExecs";

/** How clusters are reached and whose the mesh's objects are. */
export interface Surroundings {
    /** Name of the Pulumi project. */
    readonly project: string;
    readonly accessOf: (outputs: ClusterOutputs) => ClusterAccess;
    /** Where a stack's settings say that its kubeconfig is. */
    readonly kubeconfigOf: (stack: string) => KubeconfigSource | undefined;
    readonly whySilent: WhySilent;
}

/** What was found about a failed call. */
export interface Diagnosis {
    readonly findings: readonly Finding[];
    readonly notLookedAt: readonly NotRead[];
    /** Whether the call could not be made. */
    readonly isFromOutside?: true;
}

/** Pods of one export that are asked. */
const podsAsked = 2;

/**
 * Looks at both ends of calls that failed, all clusters side by side, and at nothing where none did.
 *
 * @param calls by whatever the caller knows them by
 */
export async function diagnoseCalls<K>(
    calls: ReadonlyMap<K, FailedCall>,
    clusters: Clusters,
    surroundings: Surroundings,
): Promise<ReadonlyMap<K, Diagnosis>> {
    const all = [...calls.values()];
    const read = await Promise.all(
        [...new Set(all.flatMap(endsOf))].map(async (cluster) => {
            const outputs = clusters.get(cluster);
            if (outputs === undefined) return [];
            const ends = await readEnds(outputs, all, surroundings);
            const asked = await askPods(surroundings.accessOf(outputs), cluster, podsToAsk(ends, all));
            return [{ ...ends, ...asked, notRead: [...ends.notRead, ...asked.notRead] }];
        }),
    );
    const evidence: Evidence = new Map(read.flat().map((each) => [each.cluster, each]));
    return new Map([...calls].map(([key, call]) => [key, diagnosis(call, evidence)]));
}

function diagnosis(call: FailedCall, evidence: Evidence): Diagnosis {
    const { cluster, workload } = call.caller;
    const what = "the pod that calls, and whether it is let in";
    const unknown = workload === "" ? [{ cluster, what, reason: "no pod to call from is known" }] : [];
    return {
        findings: diagnose(call, evidence),
        notLookedAt: [...unknown, ...endsOf(call).flatMap((end) => evidence.get(end)?.notRead ?? [])],
        ...(call.isFromOutside && { isFromOutside: true }),
    };
}

function endsOf({ caller, exporters }: FailedCall): readonly string[] {
    return [...new Set([caller.cluster, ...exporters.map(({ cluster }) => cluster)])];
}

/** Reads the objects of one cluster that decide about some calls. */
export async function readEnds(
    outputs: ClusterOutputs,
    calls: readonly FailedCall[],
    { project, accessOf, kubeconfigOf, whySilent }: Surroundings,
): Promise<ClusterEvidence> {
    const { cluster, context, gateway } = outputs;
    const known = {
        ...{ cluster, outputs, access: { kubeconfig: kubeconfigOf(cluster), context } },
        systemNamespace: gateway.namespace ?? systemNamespace,
        // Stacks are told apart without their organization, which differs by backend.
        owner: `organization/${project}/${cluster}`,
    };
    const namespaces = calls
        .flatMap((call) => [
            ...[call.caller, ...call.exporters].filter((end) => end.cluster === cluster),
            ...(call.isThroughEgress && call.caller.cluster === cluster
                ? [{ namespace: egressNamespace(outputs, call.host) ?? "" }]
                : []),
        ])
        .flatMap(({ namespace }) => (namespace === "" ? [] : [namespace]));
    const nothing = { lists: {}, servers: {}, proxies: [] };
    const reason = await whySilent(accessOf(outputs));
    if (reason !== undefined)
        return { ...known, ...nothing, notRead: [{ cluster, what: "everything", reason }] };
    const read = await readLists(accessOf(outputs), known, [...new Set(namespaces)]);
    return { ...known, ...nothing, ...read };
}

/** The ends of the calls that came, or may come, as far as the workload's side, where certificates and the application count. */
function podsToAsk(evidence: ClusterEvidence, calls: readonly FailedCall[]): readonly AskedPod[] {
    const pods = new Map<string, AskedPod>();
    const isFar = ({ endedAt, isFromOutside }: FailedCall) =>
        endedAt === "passage" || endedAt === "workload" || isFromOutside === true;
    for (const call of calls.filter(isFar)) {
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
