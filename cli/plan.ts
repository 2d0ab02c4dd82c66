import { isDeepStrictEqual } from "node:util";
import type { ActiveImport, ClusterOutputs, Export, GatewayPlace, PendingImport } from "../lib/mesh/contract";
import { gatewayPlace } from "../lib/mesh/gatewayPlace";
import { Problem } from "./problem";

/** The stacks that form one mesh. */
export interface Mesh {
    /** Name of the Pulumi project. */
    readonly project: string;
    /** Stack of the certificates. */
    readonly ca: string;
    /** Stacks of the clusters, in the order of the certificate stack's config. */
    readonly clusters: readonly string[];
}

/**
 * Narrows a mesh to some of its clusters, in the mesh's own order.
 *
 * @param wanted names given by the user; all clusters when undefined
 * @throws Problem when a name is not one of the mesh's clusters
 */
export function chooseClusters(mesh: Mesh, wanted: readonly string[] | undefined): readonly string[] {
    if (wanted === undefined) return mesh.clusters;
    const unknown = wanted.filter((name) => !mesh.clusters.includes(name));
    if (unknown.length > 0)
        throw new Problem(
            `No cluster of this mesh is called ${unknown.map((name) => `"${name}"`).join(" or ")}. ` +
                `Certificate stack "${mesh.ca}" lists: ${mesh.clusters.join(", ")}.`,
        );
    return mesh.clusters.filter((name) => wanted.includes(name));
}

/** What importers read of a cluster. It comes from that cluster's own config, so its first run settles it. */
interface Offer {
    readonly gateway: GatewayPlace;
    readonly locality?: string;
    readonly exports: readonly Export[];
}

/** A peer's outputs around its own run in this `mesh up`. */
export interface PeerRun {
    /** Outputs that stood in its state before the run; undefined when it had none. */
    readonly before?: ClusterOutputs;
    /** Outputs after it; undefined when the run failed and left none. */
    readonly after?: ClusterOutputs;
}

/** Exporting clusters that a cluster takes from or waits for, each once. */
export function peersOf(outputs: ClusterOutputs): readonly string[] {
    return [...new Set([...outputs.imports, ...outputs.pendingImports].flatMap((each) => each.from))];
}

/**
 * Says why a cluster that has just been brought up has to run once more, one sentence per import. An empty list means
 * that it need not: either all its imports are in place, or another run could not do better.
 *
 * A peer that ran at the same time may have changed what it offers after the importer had read it; those imports count too.
 */
export function reasonsForAnotherPass(
    outputs: ClusterOutputs,
    peers: ReadonlyMap<string, PeerRun>,
): readonly string[] {
    const reasons: string[] = [];
    for (const { host, from } of outputs.pendingImports) {
        if (offersHost(outputs.cluster, peers.get(from)?.after, host))
            reasons.push(`${host} is now exported by ${from}`);
    }
    for (const { host, from: exporters } of outputs.imports) {
        for (const from of exporters) {
            const peer = peers.get(from);
            if (peer?.after === undefined || peer.before === undefined) continue;
            const offers = [peer.before, peer.after].map((offer) => offerFor(outputs.cluster, offer, host));
            if (!isDeepStrictEqual(offers[0], offers[1]))
                reasons.push(`${from} changed how ${host} is reached`);
        }
    }
    return reasons;
}

function offersHost(importer: string, outputs: ClusterOutputs | undefined, host: string): boolean {
    if (outputs === undefined || gatewayPlace(outputs.gateway, importer).addresses.length === 0) return false;
    return outputs.exports.some((each) => each.host === host);
}

function offerFor(importer: string, outputs: ClusterOutputs, host: string): Offer {
    const { gateway, locality, exports } = outputs;
    return {
        gateway: gatewayPlace(gateway, importer),
        locality,
        exports: exports.filter((each) => each.host === host),
    };
}

/**
 * One sentence for each import that waits.
 *
 * @param before what was imported until now: the exporting cluster may have left, or lost the service
 */
export function pendingSentences(
    cluster: string,
    pending: readonly PendingImport[],
    before: readonly ActiveImport[] = [],
): readonly string[] {
    return pending.map(({ host, from, reason }) => {
        const had = before.some((each) => each.host === host);
        return `${cluster} waits for ${host} from ${from}${had ? ", which it had until now" : ""}: ${reason}`;
    });
}
