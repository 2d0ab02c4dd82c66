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
    const of = (host: string) => now.find((each) => each.host === host);
    const lost = old.filter((each) => {
        const left = of(each.host);
        return left === undefined || !hasAllOf(left, each);
    });
    const hosts = lost.map(({ host }) => host);
    return {
        gone: hosts.filter((host) => of(host) === undefined),
        less: hosts.filter((host) => of(host) !== undefined),
    };
}

/** Whether an export has every port and version of another. */
export function hasAllOf(one: Export, other: Export): boolean {
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
