import { kubectlText } from "../lib/base/shownCommands";
import { shownAccess } from "./kubeconfig";
import { setTimeout as pause } from "node:timers/promises";
import type { Cause } from "../lib/cluster/causes";
import { Sightings } from "../lib/cluster/sightings";
import { ClusterDnsError, type Deployment, type ObjectName, readDeployment } from "./clusterDns";
import type { ClusterAccess } from "./kubectl";
import { findCauses } from "./waiting";

/** How long to wait, and how often to look. */
export interface Patience {
    readonly limitSeconds: number;
    readonly intervalMilliseconds: number;
}

/** Seconds after which a wait is said to go on, and why. */
const quietSeconds = 10;

/** A line about a wait that goes on, for the log of whoever waits. Begins with a word by which `mesh` knows it. */
export type Say = (line: string) => void;

/**
 * Says why a wait goes on: not before it has taken some time, and nothing twice.
 *
 * @param what what is waited for
 */
export function sayWhile(what: string, say: Say): (why: string) => void {
    const begin = Date.now();
    let last = "";
    return (why) => {
        if (why === last || Date.now() - begin < quietSeconds * 1000) return;
        last = why;
        say(`Waiting for ${what}: ${why}`);
    };
}

/** How often the cluster is asked what is in the way, in looks at the Deployment. */
const looksPerCause = 8;

/**
 * Waits until all pods of a Deployment come from its present template and are available.
 *
 * @throws ClusterDnsError when that takes longer than the limit, or when it will not come by waiting
 */
export async function waitForRollout(
    access: ClusterAccess,
    target: ObjectName,
    { limitSeconds, intervalMilliseconds }: Patience = { limitSeconds: 120, intervalMilliseconds: 400 },
    say: Say = console.error,
): Promise<void> {
    const name = `${target.namespace}/${target.name}`;
    const tell = sayWhile(`the Deployment ${name}`, say);
    const end = Date.now() + limitSeconds * 1000;
    const sightings = new Sightings();
    for (let look = 1; ; look++) {
        const progress = rolloutProgress(await readDeployment(access, target));
        if (progress === undefined) return;
        const isLast = Date.now() >= end;
        if (isLast || look % looksPerCause === 0) {
            const now = Date.now() / 1000;
            const cause = await causeFor(access, target);
            sightings.note(name, cause, now);
            tell(cause?.text ?? progress);
            // What every pod depends on must not stay half broken while a crashing pod is given time.
            if (cause?.kind === "crash" || sightings.isHopeless(name, now))
                throw new ClusterDnsError(`The Deployment ${name} does not come up: ${cause?.text ?? ""}.`);
        }
        if (isLast) {
            const words = sightings.of(name)?.text;
            throw new ClusterDnsError(
                `The Deployment ${name} was not rolled out within ${limitSeconds} seconds: ${progress}` +
                    `${words === undefined ? "" : `; ${words}`}. ` +
                    `See "${kubectlText(shownAccess(access), `-n ${target.namespace} describe deployment ${target.name}`)}".`,
            );
        }
        await pause(intervalMilliseconds);
    }
}

/** What is in the way of a Deployment, as far as we may read it. */
async function causeFor(access: ClusterAccess, target: ObjectName): Promise<Cause | undefined> {
    const wanted = { apiVersion: "apps/v1", kind: "Deployment", isDeleted: false, ...target };
    const [cause] = await findCauses(access, [wanted]);
    return cause?.kind === "access" ? undefined : cause;
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
