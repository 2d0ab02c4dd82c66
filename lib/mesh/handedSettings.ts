import type { Declared } from "./handover";

/** Longest environment variable that Linux lets a program have, its name and the end included (MAX_ARG_STRLEN). */
const longestVariable = 131_072;

/** What of it is left for the settings of a stack, all of which Pulumi hands to the program in one variable. */
export const longestSettings = longestVariable - "PULUMI_CONFIG=".length - 1;

/** How many bytes the settings of a stack are as Pulumi hands them over: each key's value as a text, and all of them as JSON. */
export function handedLength(settings: Declared, project: string): number {
    const texts = Object.entries(settings).map(
        ([key, value]) =>
            [`${project}:${key}`, typeof value === "string" ? value : JSON.stringify(value)] as const,
    );
    return Buffer.byteLength(JSON.stringify(Object.fromEntries(texts)));
}
