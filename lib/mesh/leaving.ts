import type { Export } from "./contract";

/**
 * Hosts of which a cluster offers less than before: those that are gone, and those that have lost a port or a version.
 *
 * @param old its exports by its last update
 */
export function takenAway(
    old: readonly Export[],
    now: readonly Export[],
): { readonly gone: readonly string[]; readonly less: readonly string[] } {
    const hosts = (isTaken: (left: Export | undefined, each: Export) => boolean) =>
        old.filter((each) => isTaken(exportOf(now, each.host), each)).map(({ host }) => host);
    return {
        gone: hosts((left) => left === undefined),
        less: hosts((left, each) => left !== undefined && !hasAllOf(left, each)),
    };
}

/** Whether all of an export was offered by the last update. */
export function wasOffered(old: readonly Export[], now: Export): boolean {
    const before = exportOf(old, now.host);
    return before !== undefined && hasAllOf(before, now);
}

function exportOf(exports: readonly Export[], host: string): Export | undefined {
    return exports.find((each) => each.host === host);
}

/** Whether an export has every port and version of another. */
function hasAllOf(one: Export, other: Export): boolean {
    const ports = new Set(one.ports.map(portKey));
    const versions = new Set(one.subsets);
    return (
        other.ports.every((port) => ports.has(portKey(port))) &&
        (other.subsets ?? []).every((version) => versions.has(version))
    );
}

function portKey({ number, protocol }: Export["ports"][number]): string {
    return `${number} ${protocol}`;
}
