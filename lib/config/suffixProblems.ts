import { isWithin } from "../base/names";
import type { ConfigProblem } from "../base/problem";
import type { ClusterStackSettings } from "./clusterStack";

/** Suffixes that don't go together with the cluster's domain, and entries whose suffix the mesh doesn't have. */
export function suffixProblems({
    cluster,
    mesh,
    exports,
    imports,
}: ClusterStackSettings): readonly ConfigProblem[] {
    const overlaps = mesh.suffixes.filter(
        (suffix) => isWithin(suffix, cluster.domain) || isWithin(cluster.domain, suffix),
    );
    const unknown = Object.entries({ exports, imports }).flatMap(([key, entries]) =>
        entries.flatMap(({ suffix }, index) =>
            suffix === undefined || mesh.suffixes.includes(suffix)
                ? []
                : [{ path: `${key}[${index}].suffix`, suffix }],
        ),
    );
    return [
        ...overlaps.map((suffix) => ({
            path: "mesh.suffixes",
            message:
                `name ${suffix}, which would hide names of the cluster's own domain ${cluster.domain}; ` +
                `choose another suffix`,
        })),
        ...unknown.map(({ path, suffix }) => ({
            path,
            message: `is ${suffix}, which mesh.suffixes does not name (${mesh.suffixes.join(", ")}); add it there, or correct it`,
        })),
    ];
}
