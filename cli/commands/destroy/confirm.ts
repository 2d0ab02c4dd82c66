import * as readline from "node:readline/promises";
import { readEnvironment } from "../../../files/environments";
import { isProtected, ownFolder } from "../../../lib/mesh/environments";
import type { Mesh } from "../../plan";
import { Problem } from "../../problem";
import { runHints } from "../../hints/runHints";
import type { CommandLine } from "../../commandLine";

/** Where the user is asked. */
export interface Terminal {
    readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
    readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks for the name of a protected environment, where somebody is there to answer. The project's own folder has the project's
 * name.
 *
 * @param folder the environment's
 * @throws Problem where the answer is another
 */
export async function confirmProtected(
    folder: string,
    { project, ca }: Mesh,
    command: CommandLine,
    { input, output }: Terminal = { input: process.stdin, output: process.stdout },
): Promise<void> {
    if (input.isTTY !== true || output.isTTY !== true) return;
    if (!isProtected(readEnvironment(folder, ownFolder), ca)) return;
    const { env = ownFolder } = command;
    const name = env === ownFolder ? project : env;
    const answer = await ask(`${name} is protected. Type its name to delete what it holds: `, {
        input,
        output,
    });
    if (answer !== name)
        throw new Problem(
            `Nothing was deleted: ${answer === "" ? "no name was typed" : `"${answer}" is not "${name}"`}.`,
            runHints.wrongName(command),
        );
}

/** One line that the user types; empty where the input ends, or is ended by Ctrl-C. */
async function ask(question: string, terminal: Terminal): Promise<string> {
    const lines = readline.createInterface(terminal);
    const ended = new Promise<string>((resolve) => {
        lines.once("close", () => {
            resolve("");
        });
        lines.once("SIGINT", () => {
            lines.close();
        });
    });
    const answer = await Promise.race([lines.question(question), ended]);
    lines.close();
    return answer.trim();
}
