import { z } from "zod";
import { defaultSuffix, dnsLabelPattern, isWithin } from "../names";
import type { ClusterStackSettings } from "./clusterStack";
import { duplicates } from "./fields";
import type { ConfigProblem } from "./problem";

/** Longest suffix, so that host names and the server names made of them stay within what DNS and TLS carry. */
const longest = 100;

/** A DNS name that can be a suffix of mesh-wide host names. */
export const suffixSchema = z
    .string()
    .refine(
        (suffix) =>
            suffix.length <= longest && suffix.split(".").every((label) => dnsLabelPattern.test(label)),
        `must be a DNS name such as global or mesh.example: labels of lower-case letters, digits and dashes, ${longest} characters at most`,
    );

/** The key `mesh.suffixes`. */
export const suffixesSchema = z
    .array(suffixSchema)
    .min(1, "must name at least one suffix")
    .default([defaultSuffix])
    .superRefine((suffixes, context) => {
        const issue = (message: string) => {
            context.addIssue({ code: "custom", message });
        };
        for (const suffix of duplicates(suffixes)) issue(`name ${suffix} more than once; remove one`);
        for (const suffix of suffixes) {
            const above = suffixes.find((other) => other !== suffix && isWithin(suffix, other));
            if (above !== undefined) issue(`name ${suffix}, which is inside ${above}; remove one of the two`);
            if (isWithin(suffix, "arpa")) issue(`name ${suffix}, a zone of reverse lookups; remove it`);
        }
    });

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
