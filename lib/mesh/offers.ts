import type { Export, GatewayPlace } from "./contract";
import type { Exporter } from "./exporters";
import type { Offer, Peer } from "./peers";

/** An exporter of a host, and what it says of the host. */
export interface FoundOffer {
    readonly exporter: Exporter;
    readonly export: Export;
}

/** Something that an import waits for. */
export interface Wait {
    readonly from: string;
    readonly reason: string;
}

/** What the clusters that an import names have of its host. */
export interface FoundOffers {
    /** In the order of the configuration. */
    readonly offers: readonly FoundOffer[];
    readonly waits: readonly Wait[];
    readonly problems: readonly string[];
}

/**
 * Finds which of the clusters that an import names offer its host.
 *
 * @param path where the import is in the configuration, such as `imports[0]`
 * @param from the clusters' stacks
 */
export function findOffers(
    path: string,
    host: string,
    from: readonly string[],
    peers: ReadonlyMap<string, Peer>,
): FoundOffers {
    const answers = from.map((name) => askPeer(path, host, name, peers.get(name)));
    return {
        offers: answers.flatMap((answer) => ("export" in answer ? [answer] : [])),
        waits: answers.flatMap((answer) => ("reason" in answer ? [answer] : [])),
        problems: answers.flatMap((answer) => ("problem" in answer ? [answer.problem] : [])),
    };
}

type Answer = FoundOffer | Wait | { readonly problem: string };

function askPeer(path: string, host: string, from: string, peer: Peer = {}): Answer {
    const { outputs, planned, declared = planned && [] } = peer;
    const offered = planned ?? outputs;
    const found = offered?.exports.find((candidate) => candidate.host === host);
    if (offered && found) {
        // The place of a peer that is run too is asked for later.
        if (planned || (outputs && isPlace(outputs.gateway)))
            return { export: found, exporter: exporterOf(from, offered, found, planned !== undefined) };
        return { from, reason: `the gateway of ${from} has no address yet` };
    }
    if (declared?.includes(host) || (!outputs && !declared)) {
        const reason = outputs
            ? `${from} has not applied its export of it yet`
            : `stack ${from} is not up yet`;
        return { from, reason };
    }
    const exported = offered?.exports.map((candidate) => candidate.host) ?? declared ?? [];
    return {
        problem:
            `${path} wants ${host} from ${from}, but ${from} exports ${onlyThese(exported)}; ` +
            `add it to the exports in Pulumi.${from}.yaml, or remove the import`,
    };
}

function isPlace({ addresses, port }: GatewayPlace): boolean {
    return addresses.length > 0 && port > 0;
}

function exporterOf(
    from: string,
    { gateway, locality }: Offer,
    { subsets }: Export,
    isRun: boolean,
): Exporter {
    return {
        from,
        ...(gateway && { gateway: { addresses: gateway.addresses, port: gateway.port } }),
        ...(isRun && { isRun }),
        subsets: subsets ?? [],
        ...(locality !== undefined && { locality }),
    };
}

/** `only a, b`, or `nothing`. */
export function onlyThese(names: readonly string[]): string {
    return names.length === 0 ? "nothing" : `only ${[...names].sort().join(", ")}`;
}
