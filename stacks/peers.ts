import type { HandoverClient } from "../handover/client";
import { hostOf } from "../lib/base/names";
import { type ClusterStackSettings, mainSuffix } from "../lib/config/clusterStack";
import { type TeamFile, teamFilesOf } from "../lib/config/teamFiles";
import { withTeams } from "../lib/config/withTeams";
import type { Admitting, HostUse } from "../lib/mesh/consent";
import type { ClusterOutputs } from "../lib/mesh/contract";
import { asSeenFrom } from "../lib/mesh/gatewayPlace";
import { declaredSubsets, declaredTrust } from "../lib/mesh/declarations";
import { declaredPlace, meshOf } from "../lib/mesh/mesh";
import type { KnownTrust, Trust } from "../lib/mesh/trustDomains";
import { unappliedChanges } from "../lib/mesh/unapplied";
import { readCluster } from "../outputs";
import type { ClusterCa } from "./clusterCa";
import { fileSettings, teamTexts } from "./fileSettings";

/**
 * The clusters that this one imports from; all of the mesh where an export tells callers apart by their cluster, or admits
 * none.
 *
 * A cluster that the same `mesh` command brings up is known by what it declares, any other by its outputs: so a preview and
 * the update that follows it go by the same.
 */
export async function readPeers(
    name: string,
    { exports, imports, mesh }: ClusterStackSettings,
    ca: Promise<ClusterCa>,
    handover: HandoverClient | undefined,
): Promise<ReadonlyMap<string, KnownPeer>> {
    const callers = exports.flatMap(({ allowedFrom = [] }) =>
        allowedFrom.flatMap(({ cluster }) => cluster ?? []),
    );
    const all = callers.length > 0 || mesh.requireConsent ? [...callers, ...(await ca).clusters] : [];
    const stacks = new Set([
        ...imports.flatMap(({ from }) => from),
        ...all.filter((stack) => stack !== name),
    ]);
    const teams = teamFilesOf(handover?.run.teams ?? teamTexts());
    const { members } = meshOf(handover?.run.stacks ?? {}, teams);
    const peers = await Promise.all(
        [...stacks].map(async (stack): Promise<[string, KnownPeer]> => {
            const read = await readCluster(stack);
            const outputs = read && asSeenFrom(name, read);
            const member = members.get(stack);
            if (member !== undefined) {
                const { exports: offered, locality, trust, places } = member;
                const planned = { exports: offered, locality, gateway: declaredPlace(member, name) };
                const uses = member.imports.filter(({ from }) => from.includes(name));
                return [stack, { outputs, planned, trust, places, uses }];
            }
            const uses = outputs?.imports.filter(({ from }) => from.includes(name)) ?? [];
            return [stack, { outputs, uses, ...fromFile(stack, outputs, teams) }];
        }),
    );
    return new Map(peers);
}

/** What is known of one peer, its identities included. */
export type KnownPeer = Admitting & {
    readonly trust?: Trust;
    /** What it imports from this cluster. */
    readonly uses: readonly HostUse[];
};

/** Warnings of what the files of peers that are not run change of what is imported from them. */
export function unappliedWarnings(
    settings: ClusterStackSettings,
    peers: ReadonlyMap<string, KnownPeer>,
): readonly string[] {
    return [...peers].flatMap(([peer, { outputs, declaredExports }]) => {
        if (outputs === undefined || declaredExports === undefined) return [];
        const hosts = settings.imports
            .filter(({ from }) => from.includes(peer))
            .map((entry) => hostOf(entry, mainSuffix(settings)));
        return unappliedChanges(peer, hosts, outputs.exports, declaredExports);
    });
}

/** What the file of a peer that is not run tells beside its outputs. */
function fromFile(
    stack: string,
    outputs: ClusterOutputs | undefined,
    teams: readonly TeamFile[],
): Omit<KnownPeer, "outputs" | "uses"> {
    const settings = fileSettings(stack);
    if (settings === undefined) return { trust: outputs && trustOf(outputs) };
    const declared = declaredSubsets(withTeams(stack, settings, teams).settings);
    const member = meshOf({ [stack]: settings }, teams).members.get(stack);
    return {
        declared: [...declared.keys()],
        declaredSubsets: declared,
        declaredExports: member?.exports,
        places: member?.places,
        // What the peer's next update will make of it; waiting for that would take one update more here.
        trust: declaredTrust(settings),
    };
}

function trustOf({ trustDomain, acceptedTrustDomains = [] }: ClusterOutputs): Trust | undefined {
    return trustDomain === undefined ? undefined : { trustDomain, accepted: acceptedTrustDomains };
}

/** What is known of the identities of the mesh, seen from one of its clusters. */
export function knownTrust(
    cluster: string,
    { mesh }: ClusterStackSettings,
    clusters: readonly string[],
    peers: ReadonlyMap<string, { readonly trust?: Trust }>,
): KnownTrust {
    return {
        cluster,
        own: { trustDomain: mesh.trustDomain, accepted: mesh.acceptedTrustDomains },
        ...(clusters.length > 0 && { clusters }),
        peers: new Map([...peers].flatMap(([peer, { trust }]) => (trust ? [[peer, trust] as const] : []))),
    };
}
