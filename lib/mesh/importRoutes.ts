import type { ImportSettings, RouteSettings } from "../config/imports";
import type { ServicePort } from "./contract";
import type { Exporter } from "./exporters";
import { onlyThese, type Wait } from "./offers";
import type { Peer } from "./peers";
import { hasRequests } from "../istio/protocols";

/** What became of an import's routes. */
export interface RouteResolution {
    /** The configuration's, without the versions that no exporter has yet. */
    readonly routes: readonly RouteSettings[];
    readonly waits: readonly Wait[];
    readonly problems: readonly string[];
}

/**
 * Leaves out the versions that no exporter has yet, and says what is waited for, or what nobody will have.
 *
 * @param path where the import is in the configuration, such as `imports[0]`
 */
export function resolveRoutes(
    path: string,
    host: string,
    { from: wanted, routes }: ImportSettings,
    exporters: readonly Exporter[],
    peers: ReadonlyMap<string, Peer>,
): RouteResolution {
    const offered = new Set(exporters.flatMap(({ subsets }) => subsets));
    const missing = [...new Set(routes.flatMap(({ to }) => Object.keys(to)))].filter(
        (version) => !offered.has(version),
    );
    // An exporter that isn't there yet may bring any version.
    const complete = exporters.length === wanted.length;
    const waits: Wait[] = [];
    const problems: string[] = [];
    for (const version of missing) {
        const declaring = exporters.filter(({ from }) =>
            peers.get(from)?.declaredSubsets?.get(host)?.includes(version),
        );
        for (const { from } of declaring)
            waits.push({ from, reason: `${from} has not applied its subset ${version} of it yet` });
        if (declaring.length > 0 || !complete) continue;
        problems.push(
            `${path}.routes sends calls to subset ${version} of ${host}, but ` +
                exporters.map(({ from, subsets }) => `${from} has ${onlyThese(subsets)}`).join(" and ") +
                `; add it to the export's subsets in Pulumi.${wanted[0]}.yaml, or remove it here`,
        );
    }
    return { routes: toVersions(routes, offered), waits, problems };
}

/** The routes with these versions alone; one that is left without any goes. */
function toVersions(
    routes: readonly RouteSettings[],
    versions: ReadonlySet<string>,
): readonly RouteSettings[] {
    return routes
        .map(({ headers, to }) => ({
            headers,
            to: Object.fromEntries(Object.entries(to).filter(([version]) => versions.has(version))),
        }))
        .filter(({ to }) => Object.values(to).some((share) => share > 0));
}

/** What keeps a sidecar from doing with each call what the import says. */
export function protocolProblems(
    path: string,
    host: string,
    { routes, timeout, retries }: Pick<ImportSettings, "routes" | "timeout" | "retries">,
    ports: readonly ServicePort[],
): readonly string[] {
    if (ports.some(({ protocol }) => hasRequests(protocol))) return [];
    const protocols = [...new Set(ports.map(({ protocol }) => protocol))].join(", ");
    const problem = (key: string, does: string, remove: string) =>
        `${path}.${key} ${does} each call to ${host}, but a sidecar tells calls apart on ports of HTTP, ` +
        `HTTP2 or GRPC alone, and these speak ${protocols}; remove ${remove}`;
    return [
        ...(routes.length > 0 ? [problem("routes", "chooses a version for", "the routes")] : []),
        ...(timeout !== undefined ? [problem("timeout", "limits", "the timeout")] : []),
        ...(retries !== undefined ? [problem("retries", "says when to repeat", "the retries")] : []),
    ];
}
