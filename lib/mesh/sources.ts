import { hostOf } from "../base/names";
import { didYouMean } from "../base/similar";
import { type ClusterStackSettings, mainSuffix } from "../config/clusterStack";
import { consentLines, consentOf, isAdmitted } from "./consent";
import type { DeclaredMesh } from "./declaredMesh";
import { ownersOf } from "./owners";
import { isToldApart } from "./trustDomains";

/** A cluster that exports a host, seen from one that is to import it. */
export interface Source {
    readonly cluster: string;
    /** Where its export stands, such as `teams/shop.yaml: exports.cluster2[0]`. */
    readonly place: string;
    /** Team that answers for it, and where that is found. */
    readonly owner?: string;
    readonly contact?: string;
    readonly service: string;
    readonly namespace: string;
    /** What its owner has to add there before the importer is let in; absent where it is. */
    readonly missing?: MissingConsent;
}

/** Lines of an export's `allowedFrom` that are not there. */
export interface MissingConsent {
    /** Below the export's own keys. */
    readonly lines: readonly string[];
    /** Whether an import without them is refused, and not only each of its calls. */
    readonly isRequired: boolean;
}

/**
 * The clusters from which another can import a host, by the mesh's order.
 *
 * @param importer name of the one that is to import it
 */
export function sourcesOf(mesh: DeclaredMesh, host: string, importer: string): readonly Source[] {
    const places = ownersOf(mesh, host).filter(
        ({ role, cluster }) => role === "exports" && cluster !== importer,
    );
    return places.flatMap(({ cluster, place, owner, contact }): Source[] => {
        const settings = mesh.clusters.get(cluster)?.settings;
        const entry = settings?.exports.find((each) => hostOf(each, mainSuffix(settings)) === host);
        if (settings === undefined || entry === undefined) return [];
        const { requireConsent } = settings.mesh;
        const isLetIn = isAdmitted(consentOf(entry, requireConsent), importer);
        const lines = consentLines(cluster, importer, entry, {
            exporter: isApart(mesh, cluster),
            importer: isApart(mesh, importer),
        });
        return [
            {
                cluster,
                place,
                ...(owner !== undefined && { owner }),
                ...(contact !== undefined && { contact }),
                service: entry.service,
                namespace: entry.namespace,
                ...(!isLetIn && { missing: { lines, isRequired: requireConsent } }),
            },
        ];
    });
}

/** Whether others can tell a cluster's callers from those of any other. */
function isApart({ clusters }: DeclaredMesh, cluster: string): boolean {
    const trustOf = ({ mesh }: ClusterStackSettings) => ({
        trustDomain: mesh.trustDomain,
        accepted: mesh.acceptedTrustDomains,
    });
    const own = clusters.get(cluster);
    if (own === undefined) return false;
    const peers = [...clusters].filter(([name]) => name !== cluster);
    return isToldApart({
        cluster,
        own: trustOf(own.settings),
        peers: new Map(peers.map(([name, { settings }]) => [name, trustOf(settings)])),
    });
}

/** An import as a file has it, in the order of its keys. */
export interface NewImport {
    readonly service: string;
    readonly namespace: string;
    readonly suffix?: string;
    readonly from: string | readonly string[];
}

/** The import of a host from some clusters, the preferred one first. */
export function importOf(host: string, from: readonly Source[], importer: ClusterStackSettings): NewImport {
    const [first = { service: "", namespace: "", cluster: "" }] = from;
    const { service, namespace } = first;
    const suffix = host.slice(`${service}.${namespace}.`.length);
    return {
        service,
        namespace,
        ...(suffix !== mainSuffix(importer) && { suffix }),
        from: from.length === 1 ? first.cluster : from.map(({ cluster }) => cluster),
    };
}

/** A clause with the hosts that somebody may have meant who wrote another, or a part of it. */
export function meantHosts(name: string, hosts: readonly string[]): string {
    const longer = hosts.filter((host) => host.startsWith(`${name}.`));
    return longer.length === 0
        ? didYouMean(name, hosts)
        : ` (did you mean ${longer.slice(0, 3).join(" or ")}?)`;
}
