import { isDeepStrictEqual } from "node:util";
import { idOf, type Registered } from "./mocks";

/** What one run has that the other has not; each a list of TYPE::NAME. */
export interface Difference {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** In both, but not alike: the paths inside that differ. */
    readonly changed: Readonly<Record<string, readonly string[]>>;
}

/**
 * Compares the resources of two runs, every field of each. GlobalDns's ConfigMap, another resource for each content, counts
 * as one that has changed.
 */
export function difference(before: readonly Registered[], after: readonly Registered[]): Difference {
    const [old, now] = [before, after].map(
        (resources) => new Map(resources.map(withoutHash).map((resource) => [idOf(resource), resource])),
    ) as [Map<string, Registered>, Map<string, Registered>];
    const both = [...now].flatMap(([id, resource]) => {
        const other = old.get(id);
        return other === undefined ? [] : [[id, differentPaths(other, resource)] as const];
    });
    return {
        added: [...now.keys()].filter((id) => !old.has(id)),
        removed: [...old.keys()].filter((id) => !now.has(id)),
        changed: Object.fromEntries(both.filter(([, paths]) => paths.length > 0)),
    };
}

/** The resource with the hash of a content taken out of its name, and out of the names of those that it waits for. */
function withoutHash(resource: Registered): Registered {
    const plain = (name: string) => name.replace(/-config-[0-9a-f]{10}$/, "-config");
    const { name, dependsOn } = resource;
    return { ...resource, name: plain(name), ...(dependsOn && { dependsOn: dependsOn.map(plain) }) };
}

/** Paths such as `inputs.data.zone` at which two values differ. */
export function differentPaths(a: unknown, b: unknown, path = ""): readonly string[] {
    if (isDeepStrictEqual(a, b)) return [];
    if (!isMap(a) || !isMap(b)) return [path];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => differentPaths(a[key], b[key], path === "" ? key : `${path}.${key}`));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null;
}
