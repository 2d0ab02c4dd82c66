import { chosenRevision, revisionLabel, unnamedRevision } from "../istio/revisions";
import { all, type ClusterEvidence, wasRead } from "./evidence";
import {
    atExporters,
    type Finding,
    isRemote,
    type Judge,
    nameOf,
    reads,
    type StepPart,
    writes,
} from "./finding";
import { selects } from "./match";
import type { Pod } from "./objects";
import {
    callerPods,
    hasSidecar,
    istiodsOf,
    isReady,
    namespaceLabels,
    podsWith,
    revisionOf,
    selectorOf,
    serverPods,
    workloadName,
} from "./workloads";

const shown = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");

/** The pods behind the host: that there are some, that they are ready, and that they have a proxy. */
export const judgePods: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        const labels = selectorOf(there, call.host);
        if (labels === undefined || !wasRead(there, "Pod")) return [];
        const pods = podsWith(there, exporter.namespace, labels);
        if (pods.length === 0) return [noPods(there, exporter.namespace, shown(labels))];
        // A proxy of the same cluster calls a pod without one in plain text; a gateway leaves it out.
        const withProxy = isRemote(call, exporter) ? pods.filter(hasSidecar) : pods;
        const without = pods.filter((pod) => !withProxy.includes(pod));
        const able = withProxy.some(isReady);
        const findings: Finding[] = [];
        if (!able && without[0] !== undefined) findings.push(withoutSidecar(there, without[0], "called"));
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
    const { evidence: lines, next, cause } = withoutSidecar(here, bare, "calling");
    return [{ code: "caller-without-sidecar", cluster: here.cluster, cause, evidence: lines, next }];
};

/** Pods whose proxy belongs to a control plane that the cluster does not have. */
export const judgeRevision: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        const there_ = istiodsOf(there).map(({ metadata }) => metadata.labels?.[revisionLabel]);
        if (there_.length === 0) return [];
        const stray = serverPods(there, call, exporter).find((pod) => {
            const revision = revisionOf(pod);
            return revision !== undefined && !there_.includes(revision);
        });
        if (stray === undefined) return [];
        return [
            {
                code: "sidecar-of-another-revision",
                cluster: there.cluster,
                cause: `The proxy of ${nameOf("pod", stray.metadata)} is of revision ${revisionOf(stray) ?? ""}, of which there is no istiod.`,
                evidence: [`istiod's revisions: ${there_.map((each) => each ?? unnamedRevision).join(", ")}`],
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

function restart(there: ClusterEvidence, pod: Pod): readonly StepPart[] {
    const name = workloadName(pod);
    if (name.startsWith("pod/")) return [`make ${nameOf("pod", pod.metadata)} anew`];
    return [writes(there, `-n ${pod.metadata.namespace ?? ""} rollout restart ${name}`)];
}

/** Why a pod has no proxy, by what istiod's webhook goes by. */
function withoutSidecar(there: ClusterEvidence, pod: Pod, role: "called" | "calling"): Finding {
    const { namespace = "", labels = {}, annotations = {} } = pod.metadata;
    const cluster = there.cluster;
    const head = `${nameOf("pod", pod.metadata)}, the pod that is ${role === "called" ? "called" : "called from"}, has no proxy`;
    const lines = [
        `containers of ${nameOf("pod", pod.metadata)}: ${(pod.spec?.containers ?? []).map(({ name }) => name).join(", ")}`,
    ];
    const since =
        pod.metadata.creationTimestamp === undefined ? {} : { since: pod.metadata.creationTimestamp };
    const key = "sidecar.istio.io/inject";
    const switchedOff =
        labels[key] === "false" ? "label" : annotations[key] === "false" ? "annotation" : undefined;
    if (switchedOff !== undefined || pod.spec?.hostNetwork === true) {
        const why =
            switchedOff === undefined
                ? "it is in its node's network"
                : `its ${switchedOff} ${key} is "false"`;
        return {
            ...{ code: "injection-off", cluster, ...since },
            cause: `${head}: ${why}.`,
            evidence: [
                ...lines,
                switchedOff === undefined
                    ? "spec.hostNetwork: true"
                    : `metadata.${switchedOff}s: ${key}=false`,
            ],
            next: [
                `Take that out of the pod template of ${namespace} ${workloadName(pod)}: `,
                writes(there, `-n ${namespace} edit ${workloadName(pod)}`),
            ],
        };
    }
    const ofNamespace = namespaceLabels(there, namespace) ?? {};
    const revision = chosenRevision(ofNamespace) ?? labels[revisionLabel];
    const asked = labels[key] === "true";
    const namespaceLine = `labels of namespace ${namespace}: ${shown(ofNamespace)}`;
    if (revision === undefined && !asked && wasRead(there, "Namespace")) {
        return {
            ...{ code: "injection-label-missing", cluster, ...since },
            cause: `${head}, because nothing asks for one: namespace ${namespace} has neither istio-injection=enabled nor a revision.`,
            evidence: [...lines, namespaceLine],
            next: [
                "Label the namespace, then restart the pods: ",
                writes(there, `label namespace ${namespace} istio-injection=enabled --overwrite`),
                " && ",
                ...restart(there, pod),
            ],
        };
    }
    if (wasRead(there, "MutatingWebhookConfiguration") && !isInjected(there, namespace)) {
        return {
            ...{ code: "injector-missing", cluster, ...since },
            cause: `${head}, because the cluster has no webhook that puts one into pods of namespace ${namespace}.`,
            evidence: [
                ...lines,
                namespaceLine,
                "MutatingWebhookConfigurations of istiod that select the namespace: 0",
            ],
            next: [
                "Bring it back, then restart the pods: ",
                { up: [cluster] },
                " && ",
                ...restart(there, pod),
            ],
        };
    }
    return {
        ...{ code: "pod-older-than-injection", cluster, ...since },
        cause: `${head}, though pods of namespace ${namespace} get one now: it was made before, or while istiod was down.`,
        evidence: [
            ...lines,
            namespaceLine,
            `${nameOf("pod", pod.metadata)} was made ${pod.metadata.creationTimestamp ?? "?"}`,
        ],
        next: ["Make the pods anew: ", ...restart(there, pod)],
    };
}

/** Whether a webhook of istiod's looks at the pods of a namespace. */
function isInjected(there: ClusterEvidence, namespace: string): boolean {
    const labels = { "kubernetes.io/metadata.name": namespace, ...namespaceLabels(there, namespace) };
    return all(there, "MutatingWebhookConfiguration").some(({ webhooks = [] }) =>
        webhooks.some(
            ({ name, namespaceSelector = {} }) =>
                /sidecar-injector\.istio\.io$/.test(name) && selects(namespaceSelector, labels),
        ),
    );
}
