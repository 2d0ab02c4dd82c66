import { type Cause, configCause, imageCause, missesConfig, scheduleCause, squeezed } from "./causes";
import { type ClusterObject, type ContainerState, eventsOf, ofKind, totalTimes } from "./kubeObjects";

/** Reasons of a container that waits for its image. */
const imageReasons = new Set([
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
]);

/** Reasons after which the kubelet does not even try. */
const finalReasons = new Set(["InvalidImageName", "ErrImageNeverPull"]);

/** Events by which something that adds nodes says that it has seen a pod which no node takes. */
const growing = new Set([
    "TriggeredScaleUp",
    "NotTriggerScaleUp",
    "FailedScaleUp",
    "Nominated",
    "NominatedNode",
]);

/** How often a container may have been started anew until it counts as one that will not come up. */
const hopelessRestarts = 3;

/** Why a pod is not ready, or undefined when it is. */
export function podCause(pod: ClusterObject, objects: readonly ClusterObject[]): Cause | undefined {
    const events = eventsOf(objects, pod);
    const { name } = pod.metadata;
    const conditions = pod.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return undefined;
    const scheduled = conditions.find(({ type }) => type === "PodScheduled");
    if (scheduled?.status === "False") {
        const isGrowing = events.some(({ reason = "" }) => growing.has(reason));
        const words = scheduled.message ?? "no reason is given";
        return scheduleCause(name, words, isGrowing, ofKind(objects, "Node"));
    }
    if (pod.status?.phase === "Failed") {
        const { reason = "", message = "" } = pod.status;
        return { kind: "other", text: squeezed(`pod ${name} has failed: ${reason} ${message}`), pod: name };
    }
    return containersCause(pod, events) ?? startCause(pod, events);
}

/** The first of the containers that says what is wrong with it; what can't heal comes first. */
function containersCause(pod: ClusterObject, events: readonly ClusterObject[]): Cause | undefined {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const causes = [...initContainerStatuses, ...containerStatuses]
        .map((container) => containerCause(pod, container, events))
        .filter((cause) => cause !== undefined);
    return causes.find(({ patienceSeconds }) => patienceSeconds !== undefined) ?? causes[0];
}

function containerCause(
    pod: ClusterObject,
    status: ContainerState,
    events: readonly ClusterObject[],
): Cause | undefined {
    const place = { pod: pod.metadata.name, container: status.name ?? "" };
    const { waiting, terminated } = status.state ?? {};
    const { reason = "", message = "" } = waiting ?? {};
    if (imageReasons.has(reason)) return imageOf(pod, place, reason, message, events);
    const restarts = status.restartCount ?? 0;
    // Between two crashes it runs for a moment.
    const isBetween = status.ready !== true && status.lastState?.terminated !== undefined;
    if (reason === "CrashLoopBackOff" || (restarts > 0 && (terminated !== undefined || isBetween)))
        return crashCause(place, status, restarts);
    if (reason === "CreateContainerConfigError" || isFinalStart(reason, message))
        return configCause(place, `${reason}: ${message}`);
    if (/Error$/.test(reason))
        return {
            kind: "config",
            text: `pod ${place.pod} can't be started: ${squeezed(`${reason}: ${message}`)}`,
            ...place,
        };
    return undefined;
}

/** A program that is not in the image, or is for another processor, will not be there the next time. */
function isFinalStart(reason: string, message: string): boolean {
    return (
        /^(RunContainerError|StartError|CreateContainerError)$/.test(reason) &&
        /executable file not found|no such file or directory|exec format error|no command specified/.test(
            message,
        )
    );
}

function imageOf(
    pod: ClusterObject,
    place: { readonly pod: string; readonly container: string },
    reason: string,
    message: string,
    events: readonly ClusterObject[],
): Cause {
    const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const image = all.find(({ name }) => name === place.container)?.image ?? "?";
    const quoted = `"${image}"`;
    const failed = events.find(
        (event) => event.reason === "Failed" && event.message?.startsWith(`Failed to pull image ${quoted}: `),
    );
    // A pod that backs off says only that; the event has why.
    const words = failed?.message?.slice(`Failed to pull image ${quoted}: `.length) ?? message;
    const pulls = events.filter(
        (event) => event.reason === "Pulling" && event.message?.includes(quoted) === true,
    );
    // After these the kubelet asks no registry.
    if (finalReasons.has(reason))
        return {
            kind: "image",
            text: `pod ${place.pod} can't have the image ${image}: ${squeezed(`${reason}: ${message}`)}`,
            patienceSeconds: 15,
            ...place,
        };
    return imageCause(place, image, words, totalTimes(pulls));
}

function crashCause(
    place: { readonly pod: string; readonly container: string },
    { lastState, state }: ContainerState,
    restarts: number,
): Cause {
    const { reason, exitCode } = lastState?.terminated ?? state?.terminated ?? {};
    const how =
        reason === "OOMKilled"
            ? "it took more memory than its limit"
            : exitCode === undefined
              ? ""
              : `it ended with ${exitCode}`;
    return {
        kind: "crash",
        text: `pod ${place.pod} keeps crashing (container ${place.container}${how === "" ? "" : `, ${how}`})`,
        ...(restarts >= hopelessRestarts && { patienceSeconds: 15 }),
        tries: restarts,
        ...place,
    };
}

/** What a pod is at that has a node and whose containers have nothing to say. */
function startCause(pod: ClusterObject, events: readonly ClusterObject[]): Cause {
    const { name } = pod.metadata;
    const other = (text: string): Cause => ({ kind: "other", text, pod: name });
    const running = pod.status?.containerStatuses?.find(
        ({ state, ready }) => state?.running !== undefined && ready !== true,
    );
    if (running !== undefined) {
        const probe = events.find(({ reason }) => reason === "Unhealthy");
        const why = probe?.message === undefined ? "" : `: ${squeezed(probe.message)}`;
        return { ...other(`pod ${name} runs and is not ready yet${why}`), container: running.name ?? "" };
    }
    const trouble = events.find(({ reason = "" }) => /^Failed(Mount|AttachVolume|Create.*)$/.test(reason));
    if (trouble?.message !== undefined) {
        return missesConfig(trouble.message)
            ? configCause({ pod: name }, trouble.message, totalTimes(eventsLike(events, trouble)))
            : other(`pod ${name} is not started yet: ${squeezed(trouble.message)}`);
    }
    const pulling = events.find(({ reason = "" }) => ["Pulling", "Pulled", "Failed"].includes(reason));
    if (pulling?.reason === "Pulling")
        return other(`pod ${name} is ${lowerFirst(squeezed(pulling.message ?? "pulling its image"))}`);
    const node = pod.spec?.nodeName === undefined ? "" : ` on node ${pod.spec.nodeName}`;
    return other(`pod ${name} is being started${node}`);
}

/** The events of the same reason. */
function eventsLike(events: readonly ClusterObject[], { reason }: ClusterObject): readonly ClusterObject[] {
    return events.filter((event) => event.reason === reason);
}

function lowerFirst(text: string): string {
    return text.charAt(0).toLowerCase() + text.slice(1);
}
