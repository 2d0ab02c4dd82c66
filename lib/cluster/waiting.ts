import { type Cause, refusalCause, squeezed } from "./causes";
import { type ClusterObject, eventsOf, ownedBy, totalTimes, trueCondition } from "./kubeObjects";
import { podCause } from "./podCause";

/** An object that a run waits for. */
export interface WaitTarget {
    readonly apiVersion: string;
    readonly kind: string;
    /** Undefined for an object that is in no namespace. */
    readonly namespace?: string | undefined;
    readonly name: string;
    /** Whether it is waited for until it is gone, rather than ready. */
    readonly isDeleted: boolean;
}

/** `Deployment istio-system/global-dns`. */
export function targetText({ kind, namespace, name }: Omit<WaitTarget, "apiVersion" | "isDeleted">): string {
    return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/**
 * Says what keeps an object from being ready, or gone, by what the cluster says of it.
 *
 * @param objects what was read of the object's namespace, events included, or the object alone; nodes where they matter
 * @returns undefined where nothing of it tells
 */
export function causeOf(target: WaitTarget, objects: readonly ClusterObject[]): Cause | undefined {
    const object = find(target, objects);
    if (object === undefined) return undefined;
    if (object.metadata.deletionTimestamp !== undefined) return deletionCause(object, objects);
    if (target.isDeleted) return undefined;
    switch (target.kind) {
        case "Deployment":
            return deploymentCause(object, objects);
        case "Service":
            return serviceCause(object, objects);
        case "PersistentVolumeClaim":
            return claimCause(object, objects);
        default:
            return undefined;
    }
}

/** The object itself among those that were read. */
export function find(
    { kind, namespace, name }: WaitTarget,
    objects: readonly ClusterObject[],
): ClusterObject | undefined {
    return objects.find(
        (object) =>
            object.kind === kind &&
            object.metadata.name === name &&
            (object.metadata.namespace ?? namespace) === namespace,
    );
}

function deploymentCause(deployment: ClusterObject, objects: readonly ClusterObject[]): Cause | undefined {
    const { metadata, spec, status = {} } = deployment;
    if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
        return { kind: "other", text: "its controller has not seen it yet" };
    const wanted = spec?.replicas ?? 1;
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const isDone = updatedReplicas >= wanted && availableReplicas >= replicas && replicas <= updatedReplicas;
    if (isDone) return undefined;
    const refused = trueCondition(deployment, "ReplicaFailure");
    const current = newestReplicaSet(deployment, objects);
    if (refused?.message !== undefined)
        return refusalCause(refused.message, current && totalTimes(failedEvents(current, objects)));
    const cause = current && podsCause(current, objects);
    if (cause !== undefined) return cause;
    if (replicas > updatedReplicas && updatedReplicas >= wanted)
        return { kind: "other", text: `${replicas - updatedReplicas} of its old pods are still there` };
    return {
        kind: "other",
        text: `${Math.min(availableReplicas, updatedReplicas)} of ${wanted} pods are ready`,
    };
}

/** The ReplicaSet of a Deployment's present template; the pods of older ones only wait for it. */
function newestReplicaSet(
    deployment: ClusterObject,
    objects: readonly ClusterObject[],
): ClusterObject | undefined {
    const revision = ({ metadata }: ClusterObject) =>
        Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
    return [...ownedBy(objects, "ReplicaSet", deployment)].sort(
        (one, other) => revision(other) - revision(one),
    )[0];
}

/** What is wrong with the pods that an object makes: with one that can't heal, or else with any. */
function podsCause(owner: ClusterObject, objects: readonly ClusterObject[]): Cause | undefined {
    const causes = ownedBy(objects, "Pod", owner)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map((pod) => podCause(pod, objects))
        .filter((cause) => cause !== undefined);
    const worst = causes.find(({ patienceSeconds }) => patienceSeconds !== undefined) ?? causes[0];
    if (worst !== undefined) return worst;
    const failed = failedEvents(owner, objects);
    const [{ message } = {}] = failed;
    return message === undefined || ownedBy(objects, "Pod", owner).length > 0
        ? undefined
        : refusalCause(message, totalTimes(failed));
}

/** What went wrong with an object that makes others, the latest first. */
function failedEvents(owner: ClusterObject, objects: readonly ClusterObject[]): readonly ClusterObject[] {
    return eventsOf(objects, owner).filter(({ reason }) => reason?.startsWith("Failed") === true);
}

function serviceCause(service: ClusterObject, objects: readonly ClusterObject[]): Cause | undefined {
    if (service.spec?.type !== "LoadBalancer") return undefined;
    if ((service.status?.loadBalancer?.ingress ?? []).length > 0) return undefined;
    const [said] = eventsOf(objects, service);
    const words =
        said?.message === undefined
            ? "nothing in the cluster has said that it makes one"
            : squeezed(`${said.reason ?? ""}: ${said.message}`);
    return { kind: "loadBalancer", text: `it has no load balancer's address yet: ${words}` };
}

function claimCause(claim: ClusterObject, objects: readonly ClusterObject[]): Cause | undefined {
    const phase = claim.status?.phase ?? "Pending";
    if (phase === "Bound") return undefined;
    const [said] = eventsOf(objects, claim);
    const words = said?.message === undefined ? "" : `: ${squeezed(said.message)}`;
    return { kind: "claim", text: `it is ${phase}${words}` };
}

/** Finalizers of Kubernetes' own, which wait for what belongs to the object. */
const ownFinalizers = new Set(["foregroundDeletion", "orphan"]);

function deletionCause(object: ClusterObject, objects: readonly ClusterObject[]): Cause {
    const deletion = (text: string): Cause => ({ kind: "deletion", text });
    if (object.kind === "Namespace") {
        const said = (object.status?.conditions ?? [])
            .filter(({ status, message }) => status === "True" && message !== undefined)
            .map(({ message = "" }) => squeezed(message));
        return deletion(
            said.length === 0
                ? "what is in it is being deleted"
                : `its deletion has begun and waits: ${said.join("; ")}`,
        );
    }
    const finalizers = (object.metadata.finalizers ?? []).filter((name) => !ownFinalizers.has(name));
    if (finalizers.length > 0) {
        return deletion(
            `its deletion has begun and waits until whoever set its ` +
                `${finalizers.length === 1 ? "finalizer" : "finalizers"} ${finalizers.join(", ")} takes that off`,
        );
    }
    const sets = ownedBy(objects, "ReplicaSet", object);
    const pods = [object, ...sets].flatMap((owner) => ownedBy(objects, "Pod", owner));
    const [pod] = pods;
    if (pod === undefined) return deletion("its deletion has begun");
    const more = pods.length > 1 ? ` and ${pods.length - 1} more` : "";
    const node = pod.spec?.nodeName === undefined ? "" : ` on node ${pod.spec.nodeName}`;
    return deletion(`its deletion has begun and waits for pod ${pod.metadata.name}${node}${more} to end`);
}
