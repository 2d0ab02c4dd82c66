import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CommandLine, type MeshCommandName, type Options } from "./commandLine";
import { fileHints } from "./hints/fileHints";
import { Problem } from "./problem";

/** The command that was typed, with the options that were really typed, and no default. */
export function typedCommand(command: CommandUnknownOpts): CommandLine {
    const { env } = command.optsWithGlobals() as { readonly env?: string };
    const options = Object.fromEntries(typedOptions(command));
    return new CommandLine(env, command.name() as MeshCommandName, options, command.args);
}

/**
 * Ends the command where an option has an empty value, which would leave the option out without a word: most often it comes
 * from a variable that is not set.
 *
 * @throws Problem that names the option
 */
export function refuseEmptyOptions(command: CommandUnknownOpts): void {
    for (const each of [...(command.parent === null ? [] : [command.parent]), command])
        for (const [name, value] of typedOptions(each))
            if (value !== true && value?.length === 0)
                throw new Problem(`--${name} has no value.`, fileHints.emptyOption(`--${name}`));
}

function typedOptions(command: CommandUnknownOpts): readonly (readonly [string, Options[string]])[] {
    return command.options
        .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
        .map((option) => {
            const value: unknown = command.getOptionValue(option.attributeName());
            const name = option.long?.replace(/^--/, "") ?? option.name();
            return [
                name,
                Array.isArray(value) ? value.map(String) : typeof value === "string" ? value.trim() : true,
            ];
        });
}

/** Reads names that are separated by commas or blanks. */
export function names(list: string): string[] {
    return list
        .split(/[\s,]+/)
        .map((name) => name.trim())
        .filter((name) => name !== "");
}
