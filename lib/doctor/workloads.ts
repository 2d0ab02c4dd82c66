import { unnamedRevision } from "../istio/revisions";
import { all, aliasOf, type ClusterEvidence } from "./evidence";
import { egressNamespace } from "../mesh/egressPlace";
import { ownJob } from "../mesh/probe";
import type { ExporterOf, FailedCall } from "./finding";
import { isThere } from "../cluster/livePods";
import { hasLabels, selects } from "./match";
import type { Labels, Pod, Workload } from "./objects";

/** The pods of a namespace that have some labels. */
export function podsWith(evidence: ClusterEvidence, namespace: string, labels: Labels): readonly Pod[] {
    return all(evidence, "Pod").filter(
        (pod) =>
            pod.metadata.namespace === namespace && isThere(pod) && hasLabels(pod.metadata.labels, labels),
    );
}

/** The pods of a Deployment. */
export function podsOfDeployment(evidence: ClusterEvidence, { metadata, spec }: Workload): readonly Pod[] {
    return all(evidence, "Pod").filter(
        (pod) =>
            pod.metadata.namespace === metadata.namespace &&
            isThere(pod) &&
            selects(spec?.selector ?? {}, pod.metadata.labels),
    );
}

/** A Deployment by its name. */
export function deploymentOf(
    evidence: ClusterEvidence,
    namespace: string,
    name: string,
): Workload | undefined {
    return all(evidence, "Deployment").find(
        ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
}

/** The labels of the pods behind an export, by its alias; undefined where the alias is not there. */
export function selectorOf(evidence: ClusterEvidence, host: string): Labels | undefined {
    return aliasOf(evidence, host)?.spec?.workloadSelector?.labels;
}

/** The pods behind an export. */
export function serverPods(
    evidence: ClusterEvidence,
    { host }: Pick<FailedCall, "host">,
    { namespace }: Pick<ExporterOf, "namespace">,
): readonly Pod[] {
    const labels = selectorOf(evidence, host);
    return labels === undefined ? [] : podsWith(evidence, namespace, labels);
}

/** The port of the pods that a call comes to. */
export function podPortOf(
    evidence: ClusterEvidence,
    { host, port }: Pick<FailedCall, "host" | "port">,
): number {
    const ports = aliasOf(evidence, host)?.spec?.ports ?? [];
    const found = ports.find(({ number }) => number === port.number);
    return found?.targetPort ?? port.number;
}

/** The pods that a failed call is made from. */
export function callerPods(evidence: ClusterEvidence, { caller }: FailedCall): readonly Pod[] {
    const job = ownJob(caller.workload);
    if (job !== undefined)
        return podsWith(evidence, caller.namespace, { "batch.kubernetes.io/job-name": job });
    const deployment = deploymentOf(evidence, caller.namespace, caller.workload);
    return deployment === undefined ? [] : podsOfDeployment(evidence, deployment);
}

/** The pods of a cluster's east-west gateway. */
export function gatewayPods(evidence: ClusterEvidence): readonly Pod[] {
    return podsWith(evidence, evidence.systemNamespace, { istio: "eastwestgateway" });
}

/** The pods of the egress gateway that a call leaves its cluster by. */
export function egressPods(here: ClusterEvidence, { host }: Pick<FailedCall, "host">): readonly Pod[] {
    const namespace = egressNamespace(here.outputs, host);
    return namespace === undefined ? [] : podsWith(here, namespace, { istio: "egressgateway" });
}

/** The labels of a namespace. */
export function namespaceLabels(evidence: ClusterEvidence, name: string): Labels | undefined {
    return all(evidence, "Namespace").find(({ metadata }) => metadata.name === name)?.metadata.labels;
}

/** The Deployments of a cluster's istiods. */
export function istiodsOf(evidence: ClusterEvidence): readonly Workload[] {
    return all(evidence, "Deployment").filter(({ metadata }) => metadata.labels?.["app"] === "istiod");
}

/** The revision that has put a pod's proxy into it. */
export function revisionOf({ metadata }: Pod): string | undefined {
    const status = metadata.annotations?.["sidecar.istio.io/status"];
    const said = status === undefined ? undefined : /"revision":"([^"]*)"/.exec(status)?.[1];
    return said === "" ? unnamedRevision : said;
}

/** Name of the Deployment that a pod belongs to, by what made it; of the pod itself where nothing did. */
export function workloadName({ metadata }: Pod): string {
    const [owner] = metadata.ownerReferences ?? [];
    if (owner === undefined) return `pod/${metadata.name}`;
    return owner.kind === "ReplicaSet"
        ? `deployment/${owner.name.replace(/-[^-]+$/, "")}`
        : `${owner.kind.toLowerCase()}/${owner.name}`;
}
