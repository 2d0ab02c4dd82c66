import type { CallerSettings } from "../config/allowedFrom";
import { anyPrincipal, principal } from "../base/names";

/** Which identities a cluster gives out, and which it takes. */
export interface Trust {
    /** Trust domain of the cluster's identities. */
    readonly trustDomain: string;
    /** Trust domains of other clusters whose callers its workloads take. */
    readonly accepted: readonly string[];
}

/** What is known of the identities of a mesh, seen from one of its clusters. */
export interface KnownTrust {
    /** Name of that cluster. */
    readonly cluster: string;
    readonly own: Trust;
    /** Names of all clusters; undefined while the certificate stack has not said them. */
    readonly clusters?: readonly string[];
    /** The other clusters, as far as they are known. */
    readonly peers: ReadonlyMap<string, Trust>;
}

/** The callers of an export, as Istio's policies name them. */
export interface Callers {
    readonly principals: readonly string[];
    /** Namespaces, of any cluster, all workloads of which are let in. */
    readonly namespaces: readonly string[];
    /** Clusters whose callers can't be named yet, and are shut out until then. */
    readonly unknown: readonly string[];
    /** Sentences about callers that can't be told apart from others, each saying what to do. */
    readonly problems: readonly string[];
}

/**
 * Names the callers that an export lets in.
 *
 * A caller's cluster is known by its trust domain alone, so that it must have one of its own, which this cluster accepts.
 *
 * @param path the setting that holds them, such as `exports[0].allowedFrom`
 */
export function resolveCallers(path: string, allowed: readonly CallerSettings[], known: KnownTrust): Callers {
    const principals: string[] = [];
    const namespaces: string[] = [];
    const unknown: string[] = [];
    const problems: string[] = [];
    allowed.forEach(({ cluster, namespace, serviceAccount }, index) => {
        if (cluster === undefined) {
            // Whoever names no cluster names a namespace. A pattern can't be open at both ends.
            if (namespace === undefined) return;
            if (serviceAccount === undefined) namespaces.push(namespace);
            else principals.push(principal(undefined, namespace, serviceAccount));
            return;
        }
        const problem = clusterProblem(cluster, known);
        const trust = trustOf(cluster, known);
        if (problem !== undefined)
            problems.push(`${path}[${index}] names the cluster ${cluster}, ${problem}`);
        else if (trust === undefined) unknown.push(cluster);
        else if (namespace === undefined || serviceAccount === undefined)
            principals.push(anyPrincipal(trust.trustDomain, namespace));
        else principals.push(principal(trust.trustDomain, namespace, serviceAccount));
    });
    return { principals, namespaces, unknown: [...new Set(unknown)], problems };
}

/**
 * The callers of an export; undefined where everybody may call it. Where consent is required and nobody is named, those of the
 * own cluster may, as far as its trust domain tells them apart.
 *
 * @param path the setting that names them, such as `exports[0].allowedFrom`
 */
export function callersOf(
    path: string,
    allowed: readonly CallerSettings[] | undefined,
    isConsentRequired: boolean,
    known: KnownTrust,
): Callers | undefined {
    if (allowed !== undefined) return resolveCallers(path, allowed, known);
    if (!isConsentRequired) return undefined;
    return { principals: [anyPrincipal(known.own.trustDomain)], namespaces: [], unknown: [], problems: [] };
}

/**
 * Says of each exporter that does not accept this cluster's identities what has to be changed, in a sentence.
 *
 * @param exporters names of the stacks from which this cluster imports
 */
export function refusedByExporters(
    exporters: readonly string[],
    { cluster, own, peers }: KnownTrust,
): readonly string[] {
    return [...new Set(exporters)].flatMap((exporter) => {
        const trust = peers.get(exporter);
        if (trust === undefined || [trust.trustDomain, ...trust.accepted].includes(own.trustDomain))
            return [];
        return [
            `mesh.trustDomain of ${cluster} is ${own.trustDomain}, whose callers ${exporter} refuses; ` +
                `add ${own.trustDomain} to mesh.acceptedTrustDomains in Pulumi.${exporter}.yaml`,
        ];
    });
}

/** Whether another cluster of the mesh can tell this one's callers from those of the others: by a trust domain of its own. */
export function isToldApart({ own, peers }: KnownTrust): boolean {
    return [...peers.values()].every(({ trustDomain }) => trustDomain !== own.trustDomain);
}

function trustOf(cluster: string, { cluster: self, own, peers }: KnownTrust): Trust | undefined {
    return cluster === self ? own : peers.get(cluster);
}

/** Istio's name for "the trust domain of whoever reads this" in policies, and the default. */
const localTrustDomain = "cluster.local";

/** Why the callers of a cluster can't be named, as the end of a sentence; undefined where they can, or can't yet be. */
function clusterProblem(cluster: string, known: KnownTrust): string | undefined {
    const { cluster: self, own, clusters } = known;
    const trust = trustOf(cluster, known);
    if (trust === undefined) {
        return clusters === undefined || clusters.includes(cluster)
            ? undefined
            : `which is not in this mesh: the certificate stack knows ${[...clusters].sort().join(", ")}; correct the name`;
    }
    const { trustDomain } = trust;
    const alike = [self, ...known.peers.keys()]
        .filter((other) => other !== cluster && trustOf(other, known)?.trustDomain === trustDomain)
        .sort();
    if (alike.length > 0) {
        return (
            `but ${alike.join(" and ")} ${alike.length === 1 ? "has" : "have"} the same trust domain ${trustDomain}, ` +
            `so that their callers can't be told apart; leave the cluster out here, or give each cluster a ` +
            `mesh.trustDomain of its own`
        );
    }
    if (cluster === self) return undefined;
    if (trustDomain === localTrustDomain) {
        return (
            `whose trust domain is ${localTrustDomain}, which Istio's policies take for that of ${self} itself; ` +
            `give ${cluster} another mesh.trustDomain`
        );
    }
    if (!own.accepted.includes(trustDomain)) {
        return (
            `whose callers have the trust domain ${trustDomain}, which ${self} does not accept; ` +
            `add it to mesh.acceptedTrustDomains in Pulumi.${self}.yaml`
        );
    }
    return undefined;
}
