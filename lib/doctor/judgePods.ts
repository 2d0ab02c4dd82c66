import { revisionLabel, unnamedRevision } from "../istio/revisions";
import { type ClusterEvidence, wasRead } from "./evidence";
import { atExporters, type Finding, isRemote, type Judge, nameOf, reads } from "./finding";
import { labelText, restart, withoutSidecar } from "./injection";
import type { Pod } from "./objects";
import { hasSidecar, isReady } from "../cluster/livePods";
import { callerPods, istiodsOf, podsWith, revisionOf, selectorOf, serverPods } from "./workloads";

/** The pods behind the host: that there are some, that they are ready, and that they have a proxy. */
export const judgePods: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        const labels = selectorOf(there, call.host);
        if (labels === undefined || !wasRead(there, "Pod")) return [];
        const pods = podsWith(there, exporter.namespace, labels);
        if (pods.length === 0) return [noPods(there, exporter.namespace, labelText(labels))];
        // A proxy of the same cluster calls a pod without one in plain text; a gateway leaves it out.
        const withProxy = isRemote(call, exporter) ? pods.filter(hasSidecar) : pods;
        const without = pods.filter((pod) => !withProxy.includes(pod));
        const able = withProxy.some(isReady);
        const findings: Finding[] = [];
        if (!able && without[0] !== undefined)
            findings.push(withoutSidecar(there, without[0], "that is called"));
        const waiting = withProxy.filter((pod) => !isReady(pod));
        if (!able && waiting[0] !== undefined) findings.push(notReady(there, waiting[0], waiting.length));
        return findings;
    });

/** The pod that calls: only one with a proxy knows the mesh's hosts. */
export const judgeCaller: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    if (here === undefined) return [];
    const bare = callerPods(here, call).find((pod) => !hasSidecar(pod));
    if (bare === undefined) return [];
    const { evidence: lines, next, cause } = withoutSidecar(here, bare, "that calls");
    return [{ code: "caller-without-sidecar", cluster: here.cluster, cause, evidence: lines, next }];
};

/** Pods whose proxy belongs to a control plane that the cluster does not have. */
export const judgeRevision: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        const revisions = istiodsOf(there).map(({ metadata }) => metadata.labels?.[revisionLabel]);
        if (revisions.length === 0) return [];
        const stray = serverPods(there, call, exporter).find((pod) => {
            const revision = revisionOf(pod);
            return revision !== undefined && !revisions.includes(revision);
        });
        if (stray === undefined) return [];
        return [
            {
                code: "sidecar-of-another-revision",
                cluster: there.cluster,
                cause: `The proxy of ${nameOf("pod", stray.metadata)} is of revision ${revisionOf(stray) ?? ""}, of which there is no istiod.`,
                evidence: [
                    `istiod's revisions: ${revisions.map((each) => each ?? unnamedRevision).join(", ")}`,
                ],
                next: ["Let the pods get a new proxy: ", ...restart(there, stray)],
            },
        ];
    });

function noPods(there: ClusterEvidence, namespace: string, labels: string): Finding {
    return {
        code: "no-pods",
        cluster: there.cluster,
        cause: `No pod in ${namespace} has the labels ${labels}, by which the export selects its pods.`,
        evidence: [`pods in ${namespace} with ${labels}: 0`],
        next: [
            `Start the workload, or correct the export's selector in Pulumi.${there.cluster}.yaml; what runs there: `,
            reads(there, `-n ${namespace} get pods --show-labels`),
        ],
    };
}

function notReady(there: ClusterEvidence, pod: Pod, count: number): Finding {
    const condition = pod.status?.conditions?.find(
        ({ type, status }) => type === "Ready" && status !== "True",
    );
    const waits = (pod.status?.containerStatuses ?? []).flatMap(({ name, ready, state }) => {
        if (ready === true) return [];
        const { reason = "not ready", message = "" } = state?.waiting ?? {};
        return [`container ${name}: ${reason}${message === "" ? "" : `: ${message.slice(0, 200)}`}`];
    });
    const { namespace = "", name } = pod.metadata;
    return {
        code: "pod-not-ready",
        cluster: there.cluster,
        cause: `None of the pods behind the host is ready (${count} not ready, ${nameOf("pod", pod.metadata)} one of them).`,
        evidence: [
            `${nameOf("pod", pod.metadata)}: Ready=${condition?.status ?? "?"} ${condition?.reason ?? ""}`.trim(),
            ...waits,
        ],
        next: ["See why it is not ready: ", reads(there, `-n ${namespace} describe pod ${name}`)],
        ...(condition?.lastTransitionTime !== undefined && { since: condition.lastTransitionTime }),
    };
}
