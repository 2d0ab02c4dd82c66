import type { ImportSettings, RouteSettings } from "../config/imports";
import type {
    ActiveImport,
    ClusterOutputs,
    Export,
    GatewayPlace,
    PendingImport,
    ServicePort,
} from "./contract";
import { hostKind } from "../base/addresses";
import { sameServiceProblems } from "./exporters";
import { hostOf } from "../base/names";
import { hasRequests } from "./routes";
import { findCollisions, virtualAddressProblem } from "../base/virtualAddress";

/** What a cluster offers to one that imports from it. */
export interface Offer {
    readonly exports: readonly Export[];
    /** Where the importer reaches its gateway; undefined where only the run that is going on will tell. */
    readonly gateway?: GatewayPlace;
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
}

/** What is known of one peer. */
export interface Peer {
    /**
     * What it offers after the command that is going on, which runs it too; undefined where no command does, so that its
     * outputs alone count.
     */
    readonly planned?: Offer;
    /** The stack outputs of its last update; undefined when it was never updated. */
    readonly outputs?: ClusterOutputs;
    /** Hosts that its stack file exports; undefined when there is no such file in the project folder. */
    readonly declared?: readonly string[];
    /** Versions of each of these hosts that its stack file names. */
    readonly declaredSubsets?: ReadonlyMap<string, readonly string[]>;
}

/** What the importing cluster itself exports. */
export interface OwnExport {
    readonly host: string;
    readonly virtualAddress: string;
    readonly ports: readonly ServicePort[];
}

/** One exporting cluster of an import. */
export interface Exporter {
    /** Its stack. */
    readonly from: string;
    /** Where its gateway is; undefined where only the run that is going on will tell. */
    readonly gateway?: GatewayPlace;
    /** Whether the command that is going on runs it too, so that its gateway is used only once it serves the host. */
    readonly isRun?: boolean;
    /** Versions behind that gateway. */
    readonly subsets: readonly string[];
    /** `REGION` or `REGION/ZONE`. */
    readonly locality?: string;
}

/** An import with all that is needed to write it into the cluster. */
export interface ResolvedImport extends Omit<ActiveImport, "applied" | "egress" | "from"> {
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
    const active: ResolvedImport[] = [];
    const pending: PendingImport[] = [];
    const problems: string[] = [];
    wanted.forEach((settings, index) => {
        const path = `imports[${index}]`;
        const host = hostOf(settings, suffix);
        const waitFor = (from: string, reason: string) => pending.push({ host, from, reason });
        const offers: (Exporter & { readonly offer: Export })[] = [];
        for (const from of settings.from) {
            const { outputs, planned, declared = planned && [] } = peers.get(from) ?? {};
            const offered = planned ?? outputs;
            const offer = offered?.exports.find((candidate) => candidate.host === host);
            if (offered && offer) {
                if (
                    planned ||
                    (outputs && outputs.gateway.addresses.length > 0 && outputs.gateway.port > 0)
                ) {
                    offers.push({ offer, ...exporterOf(from, offered, offer, planned !== undefined) });
                } else {
                    waitFor(from, `the gateway of ${from} has no address yet`);
                }
            } else if (declared?.includes(host) || (!outputs && !declared)) {
                waitFor(
                    from,
                    outputs ? `${from} has not applied its export of it yet` : `stack ${from} is not up yet`,
                );
            } else {
                const exported = offered?.exports.map((candidate) => candidate.host) ?? declared ?? [];
                problems.push(
                    `${path} wants ${host} from ${from}, but ${from} exports ${list(exported)}; ` +
                        `add it to the exports in Pulumi.${from}.yaml, or remove the import`,
                );
            }
        }
        const [first] = offers;
        if (first === undefined) return;
        const own = ownExports.find((entry) => entry.host === host);
        const sides = [
            ...(own ? [{ ...own, name: cluster }] : []),
            ...offers.map(({ from, offer }) => ({ ...offer, name: from })),
        ];
        const exporters = offers.map(({ offer: _, ...exporter }) => exporter);
        problems.push(
            ...sameServiceProblems(path, host, sides),
            ...protocolProblems(path, host, settings, first.offer),
            ...localityProblems(path, settings, exporters),
            ...(own ? addressProblems(path, host, exporters) : []),
        );
        const versions = resolveRoutes(path, host, settings, exporters, peers);
        problems.push(...versions.problems);
        for (const { from, reason } of versions.pending) waitFor(from, reason);
        active.push({
            host,
            settings,
            exporters,
            routes: versions.routes,
            ports: first.offer.ports.map(({ name, number, protocol }) => ({ name, number, protocol })),
            virtualAddress: first.offer.virtualAddress,
            identities: [...new Set(offers.flatMap(({ offer }) => offer.identities))],
        });
    });
    for (const { host, exporters, virtualAddress } of active) {
        const problem = virtualAddressProblem(virtualAddress, clusterRanges);
        if (problem === undefined) continue;
        const files = exporters.map(({ from }) => `Pulumi.${from}.yaml`).join(" and ");
        problems.push(
            `the virtual address of ${host} can't be used here: ${problem}; pin another one in ${files}`,
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

/** Leaves out the versions that no exporter has yet, and says what is waited for, or what nobody will have. */
function resolveRoutes(
    path: string,
    host: string,
    { from: wanted, routes }: ImportSettings,
    exporters: readonly Exporter[],
    peers: ReadonlyMap<string, Peer>,
): {
    readonly routes: readonly RouteSettings[];
    readonly pending: readonly { readonly from: string; readonly reason: string }[];
    readonly problems: readonly string[];
} {
    const offered = new Set(exporters.flatMap(({ subsets }) => subsets));
    const missing = [...new Set(routes.flatMap(({ to }) => Object.keys(to)))].filter(
        (version) => !offered.has(version),
    );
    const pending: { from: string; reason: string }[] = [];
    const problems: string[] = [];
    // An exporter that isn't there yet may bring any version.
    const complete = exporters.length === wanted.length;
    for (const version of missing) {
        const declaring = exporters.filter(({ from }) =>
            peers.get(from)?.declaredSubsets?.get(host)?.includes(version),
        );
        for (const { from } of declaring) {
            pending.push({ from, reason: `${from} has not applied its subset ${version} of it yet` });
        }
        if (declaring.length > 0 || !complete) continue;
        problems.push(
            `${path}.routes sends calls to subset ${version} of ${host}, but ` +
                exporters.map(({ from, subsets }) => `${from} has ${list(subsets)}`).join(" and ") +
                `; add it to the export's subsets in Pulumi.${wanted[0]}.yaml, or remove it here`,
        );
    }
    const possible = routes
        .map(({ headers, to }) => ({
            headers,
            to: Object.fromEntries(Object.entries(to).filter(([version]) => offered.has(version))),
        }))
        .filter(({ to }) => Object.values(to).some((share) => share > 0));
    return { routes: possible, pending, problems };
}

function protocolProblems(
    path: string,
    host: string,
    { routes }: ImportSettings,
    { ports }: Export,
): readonly string[] {
    if (routes.length === 0 || ports.some(({ protocol }) => hasRequests(protocol))) return [];
    const protocols = [...new Set(ports.map(({ protocol }) => protocol))].join(", ");
    return [
        `${path}.routes chooses a version for each call to ${host}, but a sidecar tells calls apart on ports of HTTP, ` +
            `HTTP2 or GRPC alone, and these speak ${protocols}; remove the routes`,
    ];
}

function localityProblems(
    path: string,
    { balance }: ImportSettings,
    exporters: readonly Exporter[],
): readonly string[] {
    if (balance !== "nearest") return [];
    return exporters
        .filter(({ locality }) => locality === undefined)
        .map(
            ({ from }) =>
                `${path}.balance is nearest, but ${from} does not say where it is; ` +
                `set cluster.locality in Pulumi.${from}.yaml and update it, or choose failover or spread`,
        );
}

/** Own pods go by address, and so must the gateways beside them. */
function addressProblems(path: string, host: string, exporters: readonly Exporter[]): readonly string[] {
    return exporters.flatMap(({ from, gateway }) =>
        (gateway?.addresses ?? [])
            .filter((address) => hostKind(address) !== "ip")
            .map(
                (address) =>
                    `${path} takes ${host} from ${from}, whose gateway is ${address}, and this cluster exports the ` +
                    `host too; beside own pods a gateway must be an IP address: set gateway.addresses in ` +
                    `Pulumi.${from}.yaml, or remove one of the two`,
            ),
    );
}

function list(names: readonly string[]): string {
    return names.length === 0 ? "nothing" : `only ${[...names].sort().join(", ")}`;
}
