import * as pulumi from "@pulumi/pulumi";
import { notKnown } from "../components/notKnown";
import type { HandoverClient } from "../handover/client";
import type { AppliedImport, ClusterOutputs, GatewayPlace, PendingImport } from "../lib/mesh/contract";
import { gatewayPlace } from "../lib/mesh/gatewayPlace";
import type { Exporter } from "../lib/mesh/exporters";
import type { PlannedImport } from "./plan";

/** An exporter whose gateway's place is known, or is what a preview can't know. */
export interface PlacedExporter extends Omit<Exporter, "gateway"> {
    readonly gateway: pulumi.Input<GatewayPlace>;
    /** The same where it is known, for the outputs. */
    readonly place?: GatewayPlace;
}

/** An import that can be written now, with the gateways that serve it. */
export interface PlacedImport extends Omit<PlannedImport, "exporters"> {
    /** None where nobody serves it yet: the name then answers with an error at once. */
    readonly exporters: readonly PlacedExporter[];
    /** What it waits for. */
    readonly waits: readonly PendingImport[];
    /** Whether it stays as the last update wrote it, because an exporter came to nothing. */
    readonly isAsBefore: boolean;
}

/** What is asked for places. */
export interface Sources {
    /** The cluster that imports. */
    readonly cluster: string;
    /** The `mesh` command that runs this program and its peers; undefined where none does. */
    readonly handover: HandoverClient | undefined;
    /** The cluster's own outputs until now. */
    readonly last: ClusterOutputs | undefined;
}

/**
 * Finds where an import's exporters are. An exporter that the same command brings up is waited for until it serves the host.
 * If it comes to nothing, the import stays as it was last applied, and one that never was is pending.
 */
export async function placeImport(entry: PlannedImport, sources: Sources): Promise<PlacedImport> {
    const answers = await Promise.all(
        entry.exporters.map((exporter) => locate(entry.host, exporter, sources)),
    );
    const lost = answers.flatMap((answer) => ("reason" in answer ? [answer] : []));
    const applied = sources.last?.imports.find(({ host }) => host === entry.host);
    const before = lost.length > 0 && applied?.applied !== undefined ? applied.applied : undefined;
    const whole = applied && before ? { ...applied, ...before } : entry;
    const exporters = answers.flatMap((answer): PlacedExporter[] => {
        if (!("reason" in answer)) return [answer];
        const place = applied?.applied?.gateways[answer.exporter.from];
        return place === undefined ? [] : [{ ...answer.exporter, gateway: place, place }];
    });
    const { owner } = entry.settings;
    const waits = lost
        .filter(({ exporter }) => !exporters.some(({ from }) => from === exporter.from))
        .map(({ exporter, reason }) => ({
            host: entry.host,
            from: exporter.from,
            reason,
            ...(owner !== undefined && { owner }),
        }));
    const { ports, virtualAddress, identities } = whole;
    const isAsBefore = before !== undefined;
    return { ...entry, ports, virtualAddress, identities, exporters, waits, isAsBefore };
}

type Answer = PlacedExporter | { readonly exporter: Exporter; readonly reason: string };

async function locate(host: string, exporter: Exporter, sources: Sources): Promise<Answer> {
    const { gateway } = exporter;
    const isForeseen = pulumi.runtime.isDryRun() && gateway !== undefined;
    if (exporter.isRun !== true || isForeseen || sources.handover === undefined) {
        return gateway === undefined
            ? { exporter, reason: `${exporter.from} has not said where its gateway is` }
            : { ...exporter, gateway, place: gateway };
    }
    const answer = await sources.handover.whereabouts(exporter.from, host, sources.cluster);
    if (answer.state === "served") {
        const place = gatewayPlace(answer.gateway, sources.cluster);
        return place.addresses.length === 0
            ? { exporter, reason: `the gateway of ${exporter.from} has no address yet` }
            : { ...exporter, gateway: place, place };
    }
    if (pulumi.runtime.isDryRun()) return { ...exporter, gateway: pulumi.output<GatewayPlace>(notKnown) };
    return {
        exporter,
        reason: answer.state === "given up" ? answer.reason : "its gateway's place is not known",
    };
}

/** How an import stands in the cluster, for the next update to fall back on. */
export function appliedImport({ exporters, identities }: PlacedImport): AppliedImport {
    const known = exporters.flatMap(({ from, place }) => (place ? [[from, place] as const] : []));
    return { gateways: Object.fromEntries(known), identities };
}
