import { chosenRevision, injectionLabels, revisionLabel, unnamedRevision } from "../istio/revisions";
import { all, type ClusterEvidence, wasRead } from "./evidence";
import { type Finding, nameOf, type StepPart, writes } from "./finding";
import { selects } from "./match";
import type { Labels, Pod } from "./objects";
import { istiodsOf, namespaceLabels, workloadName } from "./workloads";

/** Label, and once annotation, by which a pod says whether it gets a proxy. */
const injectKey = "sidecar.istio.io/inject";

/** Labels as kubectl takes them. */
export function labelText(labels: Labels): string {
    return Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}

/** The step that makes a pod's workload start new pods. */
export function restart(there: ClusterEvidence, pod: Pod): readonly StepPart[] {
    const name = workloadName(pod);
    if (name.startsWith("pod/")) return [`make ${nameOf("pod", pod.metadata)} anew`];
    return [writes(there, `-n ${pod.metadata.namespace ?? ""} rollout restart ${name}`)];
}

/** A reason for a pod's having no proxy. */
interface Reason extends Pick<Finding, "code" | "next"> {
    /** What ends the sentence about the pod. */
    readonly why: string;
    readonly evidence: readonly string[];
}

/** Why a pod has no proxy, by what istiod's webhook goes by. */
export function withoutSidecar(
    there: ClusterEvidence,
    pod: Pod,
    role: "that is called" | "that calls",
): Finding {
    const name = nameOf("pod", pod.metadata);
    const { code, why, evidence, next } =
        switchedOff(there, pod) ?? notAsked(there, pod) ?? notInjected(there, pod) ?? older(there, pod);
    const containers = (pod.spec?.containers ?? []).map((container) => container.name);
    const { creationTimestamp } = pod.metadata;
    return {
        code,
        cluster: there.cluster,
        cause: `${name}, the pod ${role}, has no proxy${why}.`,
        evidence: [`containers of ${name}: ${containers.join(", ")}`, ...evidence],
        next,
        ...(creationTimestamp !== undefined && { since: creationTimestamp }),
    };
}

/** The pod itself wants none. */
function switchedOff(there: ClusterEvidence, pod: Pod): Reason | undefined {
    const { namespace = "", labels = {}, annotations = {} } = pod.metadata;
    const place =
        labels[injectKey] === "false"
            ? "label"
            : annotations[injectKey] === "false"
              ? "annotation"
              : undefined;
    if (place === undefined && pod.spec?.hostNetwork !== true) return undefined;
    return {
        code: "injection-off",
        why: place === undefined ? ": it is in its node's network" : `: its ${place} ${injectKey} is "false"`,
        evidence: [place === undefined ? "spec.hostNetwork: true" : `metadata.${place}s: ${injectKey}=false`],
        next: [
            `Take that out of the pod template of ${namespace} ${workloadName(pod)}: `,
            writes(there, `-n ${namespace} edit ${workloadName(pod)}`),
        ],
    };
}

const namespaceLine = (there: ClusterEvidence, { metadata: { namespace = "" } }: Pod) =>
    `labels of namespace ${namespace}: ${labelText(namespaceLabels(there, namespace) ?? {})}`;

/** Neither the pod nor its namespace asks for one. */
function notAsked(there: ClusterEvidence, pod: Pod): Reason | undefined {
    const { namespace = "", labels = {} } = pod.metadata;
    const revision = chosenRevision(namespaceLabels(there, namespace) ?? {}) ?? labels[revisionLabel];
    if (revision !== undefined || labels[injectKey] === "true" || !wasRead(there, "Namespace"))
        return undefined;
    const wanted = labelText(injectionLabels(revisionHere(there)));
    return {
        code: "injection-label-missing",
        why: `, because nothing asks for one: namespace ${namespace} has neither istio-injection=enabled nor a revision`,
        evidence: [namespaceLine(there, pod)],
        next: [
            "Label the namespace, then restart the pods: ",
            writes(there, `label namespace ${namespace} ${wanted} --overwrite`),
            " && ",
            ...restart(there, pod),
        ],
    };
}

/** The revision that the cluster's pods are to have: the unnamed one, unless all of its istiods have names. */
function revisionHere(there: ClusterEvidence): string {
    const revisions = istiodsOf(there).map(
        ({ metadata }) => metadata.labels?.[revisionLabel] ?? unnamedRevision,
    );
    return revisions.includes(unnamedRevision) ? unnamedRevision : (revisions.at(-1) ?? unnamedRevision);
}

/** Nobody would give it one. */
function notInjected(there: ClusterEvidence, pod: Pod): Reason | undefined {
    const { namespace = "" } = pod.metadata;
    const labels = { "kubernetes.io/metadata.name": namespace, ...namespaceLabels(there, namespace) };
    const isInjected = all(there, "MutatingWebhookConfiguration").some(({ webhooks = [] }) =>
        webhooks.some(
            ({ name, namespaceSelector = {} }) =>
                /sidecar-injector\.istio\.io$/.test(name) && selects(namespaceSelector, labels),
        ),
    );
    if (isInjected || !wasRead(there, "MutatingWebhookConfiguration")) return undefined;
    return {
        code: "injector-missing",
        why: `, because the cluster has no webhook that puts one into pods of namespace ${namespace}`,
        evidence: [
            namespaceLine(there, pod),
            "MutatingWebhookConfigurations of istiod that select the namespace: 0",
        ],
        next: [
            "Bring it back, then restart the pods: ",
            { up: [there.cluster] },
            " && ",
            ...restart(there, pod),
        ],
    };
}

/** It would get one now. */
function older(there: ClusterEvidence, pod: Pod): Reason {
    const { namespace = "", creationTimestamp = "?" } = pod.metadata;
    return {
        code: "pod-older-than-injection",
        why: `, though pods of namespace ${namespace} get one now: it was made before, or while istiod was down`,
        evidence: [namespaceLine(there, pod), `${nameOf("pod", pod.metadata)} was made ${creationTimestamp}`],
        next: ["Make the pods anew: ", ...restart(there, pod)],
    };
}
