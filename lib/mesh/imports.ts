import { hostOf } from "../base/names";
import { findCollisions, virtualAddressProblem } from "../base/virtualAddress";
import type { ImportSettings, RouteSettings } from "../config/imports";
import type { ActiveImport, PendingImport, ServicePort } from "./contract";
import { addressProblems, type Exporter, localityProblems, sameServiceProblems } from "./exporters";
import { protocolProblems, resolveRoutes } from "./importRoutes";
import { findOffers } from "./offers";
import type { Peer } from "./peers";

/** What the importing cluster itself exports. */
export interface OwnExport {
    readonly host: string;
    readonly virtualAddress: string;
    readonly ports: readonly ServicePort[];
}

/** An import with all that is needed to write it into the cluster. */
export interface ResolvedImport extends Omit<ActiveImport, "applied" | "egress" | "from" | "owner"> {
    /** Its entry in the configuration. */
    readonly settings: ImportSettings;
    /** In the order of the configuration; at least one. */
    readonly exporters: readonly Exporter[];
    /** The configuration's routes, without the versions that no exporter has yet. */
    readonly routes: readonly RouteSettings[];
    /** Of all exporters. */
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
 * An import whose peer is not up yet, or has not applied its new export yet, is pending: the next update completes it. One
 * of several exporters that is pending leaves the import active with the others.
 * An import that no peer offers, neither in its outputs nor in its stack file, is a problem.
 *
 * @param cluster name of the importing cluster
 * @param clusterRanges CIDR ranges that pods, services and nodes of the importing cluster use
 */
export function resolveImports(
    cluster: string,
    wanted: readonly ImportSettings[],
    peers: ReadonlyMap<string, Peer>,
    suffix: string,
    ownExports: readonly OwnExport[],
    clusterRanges: readonly string[] = [],
): ImportResolution {
    const each = wanted.map((settings, index) =>
        resolveImport(`imports[${index}]`, hostOf(settings, suffix), settings, {
            cluster,
            peers,
            ownExports,
        }),
    );
    const active = each.flatMap((resolution) => resolution.active);
    return {
        active,
        pending: each.flatMap(({ pending }) => pending),
        problems: [
            ...each.flatMap(({ problems }) => problems),
            ...rangeProblems(active, clusterRanges),
            ...collisionProblems([...ownExports, ...active]),
        ],
    };
}

/** The cluster that imports, and what it sees. */
interface Importer {
    readonly cluster: string;
    readonly peers: ReadonlyMap<string, Peer>;
    readonly ownExports: readonly OwnExport[];
}

/** Resolves one import: to one that is active, or to none where no exporter is there. */
function resolveImport(
    path: string,
    host: string,
    settings: ImportSettings,
    { cluster, peers, ownExports }: Importer,
): ImportResolution {
    const { offers, waits, problems } = findOffers(path, host, settings.from, peers);
    const { owner } = settings;
    const waiting = { host, ...(owner !== undefined && { owner }) };
    const pending = waits.map((wait) => ({ ...waiting, ...wait }));
    const [first] = offers;
    if (first === undefined) return { active: [], pending, problems };
    const { ports, virtualAddress } = first.export;
    const own = ownExports.find((entry) => entry.host === host);
    const sides = [
        ...(own ? [{ ...own, name: cluster }] : []),
        ...offers.map((offer) => ({ ...offer.export, name: offer.exporter.from })),
    ];
    const exporters = offers.map(({ exporter }) => exporter);
    const routes = resolveRoutes(path, host, settings, exporters, peers);
    const active: ResolvedImport = {
        host,
        settings,
        exporters,
        routes: routes.routes,
        ports: ports.map(({ name, number, protocol }) => ({ name, number, protocol })),
        virtualAddress,
        identities: [...new Set(offers.flatMap((offer) => offer.export.identities))],
    };
    return {
        active: [active],
        pending: [...pending, ...routes.waits.map((wait) => ({ ...waiting, ...wait }))],
        problems: [
            ...problems,
            ...sameServiceProblems(path, host, sides),
            ...protocolProblems(path, host, settings, ports),
            ...localityProblems(path, settings.balance, exporters),
            ...(own ? addressProblems(path, host, exporters) : []),
            ...routes.problems,
        ],
    };
}

function rangeProblems(
    active: readonly ResolvedImport[],
    clusterRanges: readonly string[],
): readonly string[] {
    return active.flatMap(({ host, exporters, virtualAddress }) => {
        const problem = virtualAddressProblem(virtualAddress, clusterRanges);
        if (problem === undefined) return [];
        const files = exporters.map(({ from }) => `Pulumi.${from}.yaml`).join(" and ");
        return [`the virtual address of ${host} can't be used here: ${problem}; pin another one in ${files}`];
    });
}

function collisionProblems(
    services: readonly { readonly host: string; readonly virtualAddress: string }[],
): readonly string[] {
    return findCollisions(services).map(
        ({ address, hosts }) =>
            `${hosts.join(" and ")} have the same virtual address ${address}; ` +
            `pin another virtualAddress for one of them where it is exported`,
    );
}
