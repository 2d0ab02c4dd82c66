import { stackOwner } from "../components/ownNamespace";
import { readIstioObjects, readKubernetesObjects } from "../kube/objectOwners";
import { type ClusterFindings, ownNamespaces } from "../lib/cluster/findings";
import { foreignObjects, type ObjectFacts } from "../lib/cluster/foreignObjects";
import { serviceKinds } from "../lib/cluster/wantedObjects";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { knownObjects, objectKey, type OwnState } from "./ownState";

/** What stands against a run, and what there is to say of it. */
export interface Findings {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/**
 * Reads objects that may be somebody else's under a name or with a host of the stack's.
 *
 * Once an update has come to its end, the state knows what is under fixed names in the stack's namespaces, and that is not
 * read again.
 */
export async function readOthers(
    settings: ClusterStackSettings,
    holds: Promise<Pick<ClusterFindings, "namespaces">>,
    own: Promise<OwnState>,
): Promise<readonly ObjectFacts[]> {
    const { cluster } = settings;
    const ofServices = serviceKinds(settings).map((kind) => readIstioObjects(cluster, kind));
    const { isUp } = await own;
    const { namespaces } = await holds;
    const there = isUp ? [] : ownNamespaces(settings).filter(({ name }) => namespaces.includes(name));
    const lists = await Promise.all([
        ...ofServices,
        ...(there.length > 0 ? [readIstioObjects(cluster, "Gateway")] : []),
        ...there.map(({ name }) => readKubernetesObjects(cluster, name)),
    ]);
    return lists.flat();
}

/** Finds those that really are somebody else's. The state is read only where there is one that may be. */
export async function judgeOthers(
    settings: ClusterStackSettings,
    there: readonly ObjectFacts[],
    { outputs }: OwnState,
): Promise<Findings> {
    const hosts = [...(outputs?.imports ?? []), ...(outputs?.exports ?? [])].map(({ host }) => host);
    const judge = (objects: readonly ObjectFacts[]) => foreignObjects(settings, objects, stackOwner(), hosts);
    const { objects } = judge(there);
    if (objects.length === 0) return { problems: [], warnings: [] };
    const known = await knownObjects();
    return judge(
        objects.filter(
            ({ kind, metadata: { namespace = "", name } }) => !known.has(objectKey(kind, namespace, name)),
        ),
    );
}
