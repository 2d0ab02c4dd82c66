import { isDeepStrictEqual } from "node:util";
import type { Export } from "./contract";
import { portsText } from "./exporters";

/** What makes up an export, in the words of its file. */
const parts: Readonly<Record<string, (each: Export) => unknown>> = {
    ports: portsText,
    "virtual address": ({ virtualAddress }) => virtualAddress,
    versions: ({ subsets = [] }) => [...subsets].sort(),
    identities: ({ identities }) => [...identities].sort(),
    "clusters that it admits": ({ admits }) => admits,
};

/**
 * Warnings of what a peer's file changes in services that are imported from it, where this run goes by what the peer has
 * applied.
 *
 * @param hosts those that are imported from the peer
 * @param applied its exports by its outputs
 * @param declared its exports by its file
 */
export function unappliedChanges(
    peer: string,
    hosts: readonly string[],
    applied: readonly Export[],
    declared: readonly Export[],
): readonly string[] {
    const of = (exports: readonly Export[], host: string) => exports.find((each) => each.host === host);
    return hosts.flatMap((host) => {
        const [old, now] = [of(applied, host), of(declared, host)];
        if (old === undefined) return [];
        const changes = now
            ? Object.entries(parts).flatMap(([name, part]) =>
                  isDeepStrictEqual(part(old), part(now)) ? [] : [name],
              )
            : ["no longer exported"];
        if (changes.length === 0) return [];
        return [
            `Pulumi.${peer}.yaml changes ${host} (${changes.join(", ")}), but "${peer}" has not applied that, and this run goes ` +
                `by what it has applied. Run both together, or "${peer}" first.`,
        ];
    });
}
