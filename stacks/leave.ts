import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { EastWestGatewayArgs } from "../components/eastWestGateway";
import type { Kept, Use } from "../lib/mesh/handover";
import { takenAway, wasOffered } from "../lib/mesh/leaving";
import { readCluster } from "../outputs";
import { exportOutput } from "./exportOutput";
import type { PlacedImport, Sources } from "./places";
import type { ClusterPlan, PlannedExport } from "./plan";
import { settled } from "./settled";

/** The aliases of a cluster's exports by host, each as soon as it may be written; undefined where it may not. */
export type Exported = ReadonlyMap<string, Promise<pulumi.CustomResource | undefined>>;

/** What a cluster takes away from its importers. */
export interface Leave {
    /** Hosts that it no longer exports. */
    readonly gone: readonly string[];
    /** Hosts of which it exports less. */
    readonly less: readonly string[];
    /** The node port at which its gateway is reached already, where it loses its load balancer. */
    readonly nodePort: number | undefined;
    /** The uses that go on, once each of the others has ended. */
    readonly kept: Promise<readonly Kept[]>;
}

/** Time for an importer's proxies to learn what istiod has just been told, milliseconds. */
const learningMs = 3000;

/**
 * Waits for the importers of the `mesh` command that goes on, before anything that they may use is taken away. Undefined where
 * there is nothing of that kind, and where nobody can be waited for: in a preview, and with plain Pulumi.
 */
export function leave(plan: ClusterPlan, sources: Sources): Leave | undefined {
    const { handover, last } = sources;
    if (handover === undefined || last === undefined || pulumi.runtime.isDryRun()) return undefined;
    const old = last.exports;
    const exports = plan.exports.map(exportOutput);
    const { gone, less } = takenAway(old, exports);
    const nodePort = plan.remainingNodePort;
    // Whoever calls anything through the balancer has to go another way first.
    const hosts = nodePort === undefined ? [...gone, ...less] : old.map(({ host }) => host);
    if (hosts.length === 0) return undefined;
    const holdsBack = exports.filter((now) => !wasOffered(old, now)).map(({ host }) => host);
    const others = [plan.name, plan.settings.mesh.caStack];
    const importers = Object.keys(handover.run.stacks).filter((stack) => !others.includes(stack));
    const wait = async () => {
        const uses = (await Promise.all(importers.map((by) => usesOf(by, plan.name, hosts)))).flat();
        if (uses.length === 0) return [];
        const kept = await handover.release(plan.name, { uses, holdsBack });
        await pause(learningMs);
        return kept;
    };
    return { gone, less, nodePort, kept: wait() };
}

/** Which of some hosts a cluster imports from another by its last update. */
async function usesOf(by: string, exporter: string, hosts: readonly string[]): Promise<readonly Use[]> {
    const outputs = await readCluster(by);
    const used = outputs?.imports.filter(({ host, from }) => hosts.includes(host) && from.includes(exporter));
    return (used ?? []).map(({ host }) => ({ host, by }));
}

/** Hosts that the gateway goes on serving, though they are gone, since somebody has not left them. */
export async function stillServed({ gone, kept }: Leave): Promise<readonly string[]> {
    const hosts = new Set((await kept).map(({ host }) => host));
    return gone.filter((host) => hosts.has(host));
}

/** How a gateway serves while importers leave its load balancer; undefined where it loses none. */
export function whileMoving({ nodePort, kept }: Leave): EastWestGatewayArgs["moving"] {
    return nodePort === undefined
        ? undefined
        : { nodePort, hasBeenLeft: kept.then(({ length }) => length === 0) };
}

/** Makes an export that offers less than before when everybody has left the rest; undefined where somebody has not. */
export async function onceLeft<T>(
    { host }: PlannedExport,
    { kept }: Leave,
    make: () => T,
): Promise<T | undefined> {
    return (await kept).some((use) => use.host === host) ? undefined : make();
}

/** Says of an import, as soon as it is written, that it goes by what its exporters serve now. */
export function sayLeft(
    { host, isAsBefore }: PlacedImport,
    objects: readonly pulumi.CustomResource[],
    { handover, cluster }: Sources,
): void {
    if (handover === undefined || isAsBefore || pulumi.runtime.isDryRun()) return;
    settled(objects.map(({ id }) => id))
        .then(() => handover.leave(cluster, host))
        // Without the command nobody asks any more.
        .catch(() => undefined);
}

/** Says of the imports that this cluster no longer has that nobody need care for them. */
export async function sayDropped({ imports }: ClusterPlan, sources: Sources): Promise<void> {
    const { handover, cluster, last } = sources;
    if (handover === undefined || pulumi.runtime.isDryRun()) return;
    const dropped = (last?.imports ?? []).filter(({ host }) => !imports.some((each) => each.host === host));
    await Promise.all(dropped.map(({ host }) => handover.leave(cluster, host)));
}

/** Why a run that could not take everything away is not done. */
export function keptProblem(cluster: string, kept: readonly Kept[]): string {
    const lines = kept.map(
        ({ host, by, reason }) => `- ${host} as it was: ${by} still calls it so, because ${reason}`,
    );
    return (
        `${cluster} goes on serving what importers have not left, and the rest of this run is done:\n` +
        `${lines.join("\n")}\nThe next update of both takes it away.`
    );
}
