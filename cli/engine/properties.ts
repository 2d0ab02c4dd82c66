import { isDeepStrictEqual } from "node:util";
import type { StepEventMetadata } from "@pulumi/pulumi/automation";

/** What a step's event says of the properties that differ. */
export type StepDifference = Pick<
    StepEventMetadata,
    "op" | "keys" | "diffs" | "detailedDiff" | "old" | "new"
>;

/**
 * The properties that an update or a replacement changes, such as `metadata.labels.app`, as exactly as they are known.
 *
 * A provider names the exact places, the top-level properties, or, where something is only taken away, at times neither:
 * then the inputs of before and after are compared.
 */
export function changedProperties({
    op,
    keys,
    diffs,
    detailedDiff,
    old,
    new: current,
}: StepDifference): readonly string[] {
    if (op === "create" || op === "delete") return [];
    const exact = Object.keys(detailedDiff ?? {});
    if (exact.length > 0) return exact.sort();
    if (diffs !== undefined && diffs.length > 0) return diffs;
    const compared = differences(old?.inputs, current?.inputs, "");
    return compared.length > 0 ? compared.sort() : (keys ?? []);
}

/** Paths at which two values differ; those that Pulumi keeps for itself are left out. */
function differences(one: unknown, other: unknown, path: string): string[] {
    if (isDeepStrictEqual(one, other)) return [];
    if (!isPlain(one) || !isPlain(other)) return path === "" ? [] : [path];
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names]
        .filter((name) => !name.startsWith("__"))
        .flatMap((name) => differences(one[name], other[name], path === "" ? name : `${path}${step(name)}`));
}

/** A name as a part of a path, in Pulumi's way of writing one that has dots in it. */
function step(name: string): string {
    return /^\w+$/.test(name) ? `.${name}` : `["${name}"]`;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Most properties that a table names. */
const mostNamed = 4;

/** Properties for a table: the first few, and how many more there are. */
export function propertiesText(properties: readonly string[]): string {
    const more = properties.length - mostNamed;
    if (more <= 1) return properties.join(", ");
    return `${properties.slice(0, mostNamed).join(", ")} and ${more} more`;
}
