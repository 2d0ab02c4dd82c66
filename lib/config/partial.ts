import type { z } from "zod";
import { type ClusterStackSettings, clusterStackSchema } from "./clusterStack";
import { contradictions } from "./contradictions";
import type { ConfigProblem } from "../base/problem";

type Values = Readonly<Record<string, unknown>>;

/** Stands for a cluster whose own settings are wrong: nothing else depends on these two. */
const anyCluster = { context: "any" };

/** Where a contradiction is found with what is wrong by itself, so that it may be none once that is right. */
const dependent: Readonly<Partial<Record<keyof ClusterStackSettings, readonly string[]>>> = {
    cluster: ["mesh.suffixes"],
    sampleApps: ["connectivityCheck", "egress.namespace"],
};

/**
 * The contradictions among those settings of a cluster stack that are right by themselves. Whoever has made other mistakes
 * reads of them in the same message.
 *
 * @param raw the settings as they were given
 * @param error what is wrong with single ones of them
 */
export function partialContradictions(
    stack: string,
    raw: Values,
    { issues }: z.ZodError,
): readonly ConfigProblem[] {
    const broken = new Set(issues.map(({ path }) => path[0]));
    // Every host name ends with a suffix from there.
    if (broken.has("mesh")) return [];
    /** By list, the positions of the entries that are right. */
    const kept = new Map<string, readonly number[]>();
    const right: Record<string, unknown> = broken.has("cluster") ? { cluster: anyCluster } : {};
    for (const key of Object.keys(clusterStackSchema.shape)) {
        const value = raw[key];
        if (!broken.has(key) && value !== undefined) right[key] = value;
        if (!broken.has(key) || !Array.isArray(value)) continue;
        const wrong = new Set(issues.filter(({ path }) => path[0] === key).map(({ path }) => path[1]));
        const positions = [...value.keys()].filter((index) => !wrong.has(index) && !wrong.has(undefined));
        kept.set(key, positions);
        right[key] = positions.map((index): unknown => value[index]);
    }
    const { data } = clusterStackSchema.safeParse(right);
    if (data === undefined) return [];
    const doubtful = Object.entries(dependent).flatMap(([key, paths]) => (broken.has(key) ? paths : []));
    const asGiven = (text: string) =>
        text.replace(/\b(exports|imports)\[(\d+)\]/g, (place, list: string, index: string) => {
            const position = kept.get(list)?.[Number(index)];
            return position === undefined ? place : `${list}[${position}]`;
        });
    return contradictions(stack, data)
        .filter(({ path }) => !doubtful.includes(path))
        .map(({ path, message }) => ({ path: asGiven(path), message: asGiven(message) }));
}
