import { ownerText } from "../lib/mesh/consent";
import type { ActiveImport, PendingImport } from "../lib/mesh/contract";
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

/** Imports that wait for the same are said one by one up to this number. */
const mostApart = 5;

/**
 * A sentence for each import that waits, or one for all that wait for the same where they are many.
 *
 * @param before what was imported until now: the exporting cluster may have left, or lost the service
 */
export function pendingSentences(
    cluster: string,
    pending: readonly PendingImport[],
    before: readonly ActiveImport[] = [],
): readonly string[] {
    const hadUntilNow = new Set(before.map(({ host }) => host));
    const groups = new Map<string, string[]>();
    for (const { host, from, reason, owner } of pending) {
        const had = hadUntilNow.has(host);
        const rest = `from ${from}${ownerText({ owner })}${had ? ", which it had until now" : ""}: ${reason}`;
        const group = groups.get(rest);
        if (group === undefined) groups.set(rest, [host]);
        else group.push(host);
    }
    return [...groups].flatMap(([rest, hosts]) =>
        hostTexts(hosts).map((text) => `${cluster} waits for ${text} ${rest}`),
    );
}

function hostTexts(hosts: readonly string[]): readonly string[] {
    if (hosts.length <= mostApart) return hosts;
    const named = hosts.slice(0, mostApart - 2);
    return [`${hosts.length} services, such as ${named.join(", ")},`];
}
