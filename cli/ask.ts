import * as readline from "node:readline/promises";
import { located } from "./print/output";

/** Where the user is asked. */
export interface Terminal {
    readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
    readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

const standard: Terminal = { input: process.stdin, output: process.stdout };

/** Whether somebody is there to answer. */
export function isThere({ input, output }: Terminal = standard): boolean {
    return input.isTTY === true && output.isTTY === true;
}

const stops = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * One line that the user types; empty where the input ends, or the command is stopped meanwhile.
 *
 * The terminal's own editing is used: with another, Ctrl-C would be no signal, by which every command is stopped, and a terminal
 * that is closed could not be set back.
 */
export async function ask(question: string, terminal: Terminal = standard): Promise<string> {
    const { input, output } = terminal;
    const lines = readline.createInterface({ input, output, terminal: false });
    const stop = () => {
        lines.close();
    };
    for (const signal of stops) process.on(signal, stop);
    // A closed terminal may be known by an error of its own before the signal comes.
    lines.on("error", stop);
    const ended = new Promise<string>((resolve) => {
        lines.once("close", () => {
            resolve("\n");
        });
    });
    const answer = await Promise.race([lines.question(located(question)), ended]);
    for (const signal of stops) process.off(signal, stop);
    lines.close();
    // What comes next stands on a line of its own.
    if (answer === "\n") output.write(answer);
    return answer.trim();
}
