import { isDeepStrictEqual } from "node:util";
import { isEncrypted } from "../base/encrypted";
import { parseStackFile } from "../base/stackFileText";
import { z } from "zod";
import type { Declared } from "./handover";

const configured = z.object({
    config: z.record(z.string(), z.unknown()).nullish(),
    environment: z.unknown().optional(),
});
type File = z.output<typeof configured>;

/**
 * A stack's settings by key, as Pulumi reads them: the project's own `config` lies below the stack's, whole key by whole
 * key, and a text that is JSON stands for what it says. Null counts as left out. What can't be read counts as empty: the
 * stack's own program is where its file is checked.
 *
 * @param stackText the text of `Pulumi.STACK.yaml`
 * @param projectText the text of `Pulumi.yaml`
 * @returns undefined where the file is not all that the stack goes by, since it names an environment (Pulumi ESC)
 */
export function settingsOf(stackText: string, projectText: string, project: string): Declared | undefined {
    const { environment } = fileIn(stackText);
    if (environment !== undefined && environment !== null) return undefined;
    return allSettingsOf(stackText, projectText, project);
}

/** The same of what the two files say, also where an environment adds to it. */
export function allSettingsOf(stackText: string, projectText: string, project: string): Declared {
    return mergedSettings(fileIn(stackText).config ?? {}, fileIn(projectText).config ?? {}, project);
}

/** What changed in a stack's settings after a command had read them, and can't be known as it was: it is encrypted. */
export class ChangedMeanwhile extends Error {}

/**
 * A stack's settings as they were when the command that runs its program read them, for all programs to plan from the same,
 * also if a file is changed meanwhile.
 *
 * @param known the settings as the engine hands them over
 * @param first the file's settings when the command began
 * @param now the same as they are now
 * @throws ChangedMeanwhile
 */
export function asReadFirst(known: Declared, first: Declared, now: Declared): Declared {
    const changed = [...new Set([...Object.keys(first), ...Object.keys(now)])].filter(
        (key) => !isDeepStrictEqual(first[key], now[key]),
    );
    const encrypted = changed.filter((key) => isEncrypted(first[key]));
    if (encrypted.length > 0) throw new ChangedMeanwhile(encrypted.join(", "));
    const kept = Object.entries(known).filter(([key]) => !changed.includes(key));
    const restored = changed.filter((key) => key in first).map((key) => [key, first[key]] as const);
    return Object.fromEntries([...kept, ...restored]);
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

function fileIn(text: string): Partial<File> {
    try {
        return configured.safeParse(parseStackFile(text)).data ?? {};
    } catch {
        // Pulumi says what is wrong with it.
        return {};
    }
}
