import { isDeepStrictEqual } from "node:util";
import { idOf, type Registered } from "./mocks";

/** What one run has that the other has not; each a list of TYPE::NAME. */
export interface Difference {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** In both, but not alike: the paths inside that differ. */
    readonly changed: Readonly<Record<string, readonly string[]>>;
}

/** Compares the resources of two runs, every field of each. */
export function difference(before: readonly Registered[], after: readonly Registered[]): Difference {
    const old = new Map(before.map((resource) => [idOf(resource), resource]));
    const now = new Map(after.map((resource) => [idOf(resource), resource]));
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
