import { parse } from "yaml";
import { z } from "zod";
import type { Declared } from "./handover";

const configured = z.object({ config: z.record(z.string(), z.unknown()).nullish() });

/**
 * A stack's settings by key, as Pulumi reads them: the project's own `config` lies below the stack's, whole key by whole
 * key, and a text that is JSON stands for what it says. Null counts as left out. What can't be read counts as empty: the
 * stack's own program is where its file is checked.
 *
 * @param stackText the text of `Pulumi.STACK.yaml`
 * @param projectText the text of `Pulumi.yaml`
 */
export function settingsOf(stackText: string, projectText: string, project: string): Declared {
    return mergedSettings(configIn(stackText), configIn(projectText), project);
}

/** The same of the `config` of both files, where they have been parsed already. */
export function mergedSettings(ofStack: Declared, ofProject: Declared, project: string): Declared {
    const below = Object.entries(ofProject).map(([key, value]): [string, unknown] => [
        key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key,
        projectValue(value),
    ]);
    const above = Object.entries(ofStack)
        .filter(([key]) => key.startsWith(`${project}:`))
        .map(([key, value]): [string, unknown] => [key.slice(project.length + 1), value]);
    return Object.fromEntries(
        [...below, ...above]
            .filter(([key, value]) => value !== undefined && value !== null && !key.includes(":"))
            .map(([key, value]) => [key, meant(value)] as const),
    );
}

/** In the project's file a value may stand alone, or beside its type and description. */
function projectValue(value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    if ("value" in value) return value.value;
    return "default" in value ? value.default : "type" in value ? undefined : value;
}

function meant(value: unknown): unknown {
    if (typeof value !== "string") return value;
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}

/** Whether a value is, or holds anywhere, one that Pulumi has encrypted. */
export function isEncrypted(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    const keys = Object.keys(value);
    return (keys.length === 1 && keys[0] === "secure") || Object.values(value).some(isEncrypted);
}

function configIn(text: string): Readonly<Record<string, unknown>> {
    try {
        return configured.safeParse(parse(text, { logLevel: "silent" })).data?.config ?? {};
    } catch {
        // Despite the silent level, an alias without its anchor is thrown.
        return {};
    }
}
