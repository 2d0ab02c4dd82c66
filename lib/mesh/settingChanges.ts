import { isDeepStrictEqual } from "node:util";
import type { DeclaredMesh } from "./declaredMesh";
import type { MeshChange } from "./meshChange";
import { settingEffect } from "./settingEffects";

/** What changes of the certificate stack, but for who is in the mesh. */
export function caChanges({ ca: old }: DeclaredMesh, { ca: now }: DeclaredMesh): readonly MeshChange[] {
    if (old === undefined || now === undefined) return [];
    const without = ({ clusters: _, ...others }: typeof old) => others;
    return settingChanges("ca", { ca: without(old) }, { ca: without(now) }, []);
}

/** What has been told in other words: services and members. */
const toldApart = ["exports", "imports"];

/** What changes of the settings of a cluster, but for its services. */
export function clusterSettingChanges(
    stack: string,
    before: DeclaredMesh,
    after: DeclaredMesh,
): readonly MeshChange[] {
    const old = before.clusters.get(stack)?.settings;
    const now = after.clusters.get(stack)?.settings;
    if (old === undefined || now === undefined) return [];
    const importers = [...after.clusters]
        .filter(([, { callable }]) =>
            [...callable.values()].some(({ servers }) => servers.some(({ cluster }) => cluster === stack)),
        )
        .map(([name]) => name)
        .filter((name) => name !== stack);
    const told = (settings: object) =>
        Object.fromEntries(Object.entries(settings).filter(([key]) => !toldApart.includes(key)));
    return settingChanges(stack, told(old), told(now), importers);
}

function settingChanges(
    stack: string,
    before: unknown,
    after: unknown,
    importers: readonly string[],
): readonly MeshChange[] {
    return leaves(before, after).map(({ path, old, now }) => {
        const effect = settingEffect(path, importers);
        return {
            topic: "settings" as const,
            sign: "~" as const,
            stack,
            text: `${path}: ${valueText(old)} becomes ${valueText(now)}`,
            ...(effect !== undefined && { effect }),
        };
    });
}

interface Leaf {
    readonly path: string;
    readonly old: unknown;
    readonly now: unknown;
}

/** The paths at which two values differ; lists count as one value. */
function leaves(old: unknown, now: unknown, path = ""): readonly Leaf[] {
    if (isDeepStrictEqual(old, now)) return [];
    if (!isMap(old) || !isMap(now)) return [{ path, old, now }];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])]
        .sort()
        .flatMap((key) => leaves(old[key], now[key], path === "" ? key : `${path}.${key}`));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

const longestText = 80;

function valueText(value: unknown): string {
    if (value === undefined) return "(not set)";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
