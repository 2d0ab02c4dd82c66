import type { ImportSettings } from "./config/imports";
import type { ActiveImport, ClusterOutputs, Export, PendingImport } from "./contract";
import { hostOf } from "./names";
import { findCollisions, virtualAddressProblem } from "./virtualAddress";

/** What is known of one peer. */
export interface Peer {
    /** The stack outputs of its last update; undefined when it was never updated. */
    readonly outputs?: ClusterOutputs;
    /** Hosts that its stack file exports; undefined when there is no such file in the project folder. */
    readonly declared?: readonly string[];
}

/** An import with all that is needed to write it into the cluster. */
export interface ResolvedImport extends Omit<ActiveImport, "egress"> {
    /** Which way its calls leave the cluster; the stack's default where undefined. */
    readonly via?: "direct" | "egress";
    readonly gateway: { readonly addresses: readonly string[]; readonly port: number };
    readonly identities: readonly string[];
}

/** What became of a cluster's imports. */
export interface ImportResolution {
    readonly active: readonly ResolvedImport[];
    readonly pending: readonly PendingImport[];
    /** Sentences about imports that can't work, each saying what to do. */
    readonly problems: readonly string[];
}

/**
 * Matches what a cluster wants with what its peers offer.
 *
 * An import whose peer is not up yet, or has not applied its new export yet, is pending: the next update completes it.
 * An import that no peer offers, neither in its outputs nor in its stack file, is a problem.
 *
 * @param clusterRanges CIDR ranges that pods, services and nodes of the importing cluster use
 */
export function resolveImports(
    wanted: readonly ImportSettings[],
    peers: ReadonlyMap<string, Peer>,
    suffix: string,
    ownExports: readonly { readonly host: string; readonly virtualAddress: string }[],
    clusterRanges: readonly string[] = [],
): ImportResolution {
    const active: ResolvedImport[] = [];
    const pending: PendingImport[] = [];
    const problems: string[] = [];
    wanted.forEach((entry, index) => {
        const host = hostOf(entry, suffix);
        const { from } = entry;
        const { outputs, declared } = peers.get(from) ?? {};
        const offer = outputs?.exports.find((candidate) => candidate.host === host);
        if (outputs && offer) {
            if (outputs.gateway.addresses.length > 0 && outputs.gateway.port > 0) {
                active.push({ ...resolved(offer, from, outputs), ...(entry.via && { via: entry.via }) });
            } else {
                pending.push({ host, from, reason: `the gateway of ${from} has no address yet` });
            }
        } else if (declared?.includes(host) || (!outputs && !declared)) {
            const reason = outputs
                ? `${from} has not applied its export of it yet`
                : `stack ${from} is not up yet`;
            pending.push({ host, from, reason });
        } else {
            const offers = outputs?.exports.map((candidate) => candidate.host) ?? declared ?? [];
            problems.push(
                `imports[${index}] wants ${host} from ${from}, but ${from} exports ${list(offers)}; ` +
                    `add it to the exports in Pulumi.${from}.yaml, or remove the import`,
            );
        }
    });
    for (const { host, from, virtualAddress } of active) {
        const problem = virtualAddressProblem(virtualAddress, clusterRanges);
        if (problem === undefined) continue;
        problems.push(
            `the virtual address of ${host} can't be used here: ${problem}; pin another one in Pulumi.${from}.yaml`,
        );
    }
    for (const { address, hosts } of findCollisions([...ownExports, ...active])) {
        problems.push(
            `${hosts.join(" and ")} have the same virtual address ${address}; ` +
                `pin another virtualAddress for one of them where it is exported`,
        );
    }
    return { active, pending, problems };
}

function resolved(offer: Export, from: string, { gateway }: ClusterOutputs): ResolvedImport {
    return {
        host: offer.host,
        from,
        ports: offer.ports,
        virtualAddress: offer.virtualAddress,
        gateway: { addresses: gateway.addresses, port: gateway.port },
        identities: offer.identities,
    };
}

function list(hosts: readonly string[]): string {
    return hosts.length === 0 ? "nothing" : `only ${[...hosts].sort().join(", ")}`;
}
