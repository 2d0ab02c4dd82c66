import type { StepEventMetadata } from "@pulumi/pulumi/automation";

/** The objects behind a run's resources, as far as its steps have ended. */
export interface Objects {
    /** `TYPE ID` of each that a resource stands for. */
    readonly wanted: Set<string>;
    /** Those of them that were deleted afterwards: the resources' names by `TYPE ID`. */
    readonly lost: Map<string, string>;
}

const deletions: ReadonlySet<string> = new Set(["delete", "delete-replaced"]);
/** Steps that say nothing of whether the object is wanted. */
const looks: ReadonlySet<string> = new Set(["refresh", "read", "read-replacement", "discard"]);

/**
 * Takes a step that has ended into account.
 *
 * An update that fails after it has replaced a resource leaves the old object to be deleted by the next one, at its end and
 * by its name. Where the resource has the old name again by then, that is the object that is wanted.
 */
export function noteObject(
    { wanted, lost }: Objects,
    { op, type, urn, old, new: current }: Pick<StepEventMetadata, "op" | "type" | "urn" | "old" | "new">,
): void {
    if (looks.has(op) || type.startsWith("pulumi:")) return;
    const id = deletions.has(op) ? old?.id : current?.id;
    if (id === undefined || id === "") return;
    const object = `${type} ${id}`;
    if (!deletions.has(op)) {
        wanted.add(object);
        // Deleted first to be replaced, which is as it should be.
        lost.delete(object);
    } else if (wanted.has(object)) lost.set(object, urn.slice(urn.lastIndexOf("::") + 2));
}

/** The sentence about objects that a run has deleted though it wants them, and that are made again. */
export function madeAgain({ lost }: Objects): string {
    return (
        `made ${[...lost.values()].join(", ")} again: an earlier run had failed between making its replacement and deleting ` +
        `the old one, which had the name that is wanted now`
    );
}
