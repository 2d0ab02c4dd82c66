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

/** One line that the user types; empty where the input ends, or is ended by Ctrl-C. */
export async function ask(question: string, terminal: Terminal = standard): Promise<string> {
    const lines = readline.createInterface(terminal);
    const ended = new Promise<string>((resolve) => {
        lines.once("close", () => {
            resolve("");
        });
        lines.once("SIGINT", () => {
            lines.close();
        });
    });
    const answer = await Promise.race([lines.question(located(question)), ended]);
    lines.close();
    return answer.trim();
}
