import { hostOf } from "../base/names";
import { mainSuffix } from "../config/clusterStack";
import type { DeclaredMesh } from "./declaredMesh";

/** One cluster's part in a host. */
export interface Ownership {
    readonly role: "exports" | "imports";
    readonly cluster: string;
    /** Stacks of the exporting clusters, of an import. */
    readonly from?: readonly string[];
    /** Team that answers for it; absent where its entry does not say. */
    readonly owner?: string;
    /** Where that team is found, in the words of the cluster's file. */
    readonly contact?: string;
    /** Where its entry stands, such as `teams/shop.yaml: exports.cluster2[0]`. */
    readonly place: string;
}

/** Who exports a host and who imports it, as files say it: the exports first, each by the clusters' order. */
export function ownersOf({ clusters }: DeclaredMesh, host: string): readonly Ownership[] {
    const roles = ["exports", "imports"] as const;
    return roles.flatMap((role) =>
        [...clusters].flatMap(([cluster, { settings, placed }]) =>
            settings[role].flatMap((entry, index): Ownership[] => {
                if (hostOf(entry, mainSuffix(settings)) !== host) return [];
                const { owner } = entry;
                const contact = owner === undefined ? undefined : settings.teams[owner]?.contact;
                const path = `${role}[${index}]`;
                const place = placed(path);
                return [
                    {
                        role,
                        cluster,
                        ...("from" in entry && { from: entry.from }),
                        ...(owner !== undefined && { owner }),
                        ...(contact !== undefined && { contact }),
                        place: place === path ? `Pulumi.${cluster}.yaml: ${path}` : place,
                    },
                ];
            }),
        ),
    );
}

/** Every host that a mesh's files export or import. */
export function declaredHosts({ clusters }: DeclaredMesh): readonly string[] {
    const hosts = [...clusters.values()].flatMap(({ settings }) =>
        [...settings.exports, ...settings.imports].map((entry) => hostOf(entry, mainSuffix(settings))),
    );
    return [...new Set(hosts)].sort();
}
