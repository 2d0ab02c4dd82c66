import { setTimeout as pause } from "node:timers/promises";
import { ClusterDnsError, type Deployment, type ObjectName, readDeployment } from "./clusterDns";
import { type ClusterAccess, kubectl } from "./kubectl";
import { type Pod, podsOf } from "./pods";

/** How long to wait, and how often to look. */
export interface Patience {
    readonly limitSeconds: number;
    readonly intervalMilliseconds: number;
}

/**
 * Waits until all pods of a Deployment come from its present template and are available.
 *
 * @throws ClusterDnsError when that takes longer than the limit, or when a new pod keeps crashing
 */
export async function waitForRollout(
    access: ClusterAccess,
    target: ObjectName,
    { limitSeconds, intervalMilliseconds }: Patience = { limitSeconds: 120, intervalMilliseconds: 400 },
): Promise<void> {
    const name = `${target.namespace}/${target.name}`;
    const end = Date.now() + limitSeconds * 1000;
    for (let look = 1; ; look++) {
        const deployment = await readDeployment(access, target);
        const progress = rolloutProgress(deployment);
        if (progress === undefined) return;
        // A crashing pod will not mend itself; waiting for the limit would only cost time.
        const crash = look % 8 === 0 ? await crashOf(access, target.namespace, deployment) : undefined;
        if (crash !== undefined)
            throw new ClusterDnsError(`The Deployment ${name} does not come up: ${crash}.`);
        if (Date.now() >= end) {
            throw new ClusterDnsError(
                `The Deployment ${name} was not rolled out within ${limitSeconds} seconds: ${progress}. ` +
                    `See "kubectl --context ${access.context} -n ${target.namespace} describe deployment ${target.name}".`,
            );
        }
        await pause(intervalMilliseconds);
    }
}

function rolloutProgress({ metadata, spec, status = {} }: Deployment): string | undefined {
    if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
        return "its controller has not seen the change";
    const wanted = spec.replicas ?? 1;
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} pods are new`;
    if (replicas > updatedReplicas) return `${replicas - updatedReplicas} old pods are still there`;
    if (availableReplicas < updatedReplicas)
        return `${availableReplicas} of ${wanted} new pods are available`;
    return undefined;
}

async function crashOf(
    access: ClusterAccess,
    namespace: string,
    deployment: Deployment,
): Promise<string | undefined> {
    for (const pod of await podsOf(access, namespace, deployment)) {
        const crashing = pod.status?.containerStatuses?.some(
            ({ restartCount, state }) => restartCount > 0 && state?.waiting?.reason === "CrashLoopBackOff",
        );
        if (crashing)
            return `pod ${pod.metadata.name} keeps crashing; its log says "${await lastWords(access, namespace, pod)}"`;
    }
    return undefined;
}

/** The line of a crashed pod's log that most likely says why. */
async function lastWords(access: ClusterAccess, namespace: string, pod: Pod): Promise<string> {
    try {
        const log = await kubectl(access, [
            "-n",
            namespace,
            "logs",
            pod.metadata.name,
            "--previous",
            "--tail=20",
        ]);
        const lines = log.trim().split("\n");
        return (
            lines.filter((line) => /cannot|error|fail|unknown|invalid|fatal|panic/i.test(line)).at(-1) ??
            log.trim()
        );
    } catch {
        return "(log not to be had)";
    }
}
