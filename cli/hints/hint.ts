import type { ShownCommand } from "../commandLine";

/**
 * What to do next, in words, with the commands that it shows.
 *
 * Every hint comes from one of the tables in this folder, which a test goes through: it runs the commands that are harmless and
 * looks at the others.
 */
export class Hint {
    constructor(
        readonly text: string,
        readonly commands: readonly ShownCommand[],
    ) {}

    toString(): string {
        return this.text;
    }

    toJSON(): string {
        return this.text;
    }
}

/** Writes a hint as a template, in which commands stand as commands. */
export function advise(
    parts: TemplateStringsArray,
    ...values: readonly (string | number | ShownCommand | Hint)[]
): Hint {
    const text = parts.map((part, index) => part + String(values[index] ?? "")).join("");
    const commands = values.flatMap((value) =>
        typeof value !== "object" ? [] : value instanceof Hint ? value.commands : [value],
    );
    return new Hint(text, commands);
}
