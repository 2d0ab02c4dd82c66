import { readEnvironment } from "../../../files/environments";
import { isProtected, ownFolder } from "../../../lib/mesh/environments";
import { ask, isThere, type Terminal } from "../../ask";
import type { Mesh } from "../../plan";
import { Problem } from "../../problem";
import { runHints } from "../../hints/runHints";
import type { CommandLine } from "../../commandLine";

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
    terminal?: Terminal,
): Promise<void> {
    if (!isThere(terminal)) return;
    if (!isProtected(readEnvironment(folder, ownFolder), ca)) return;
    const { env = ownFolder } = command;
    const name = env === ownFolder ? project : env;
    const answer = await ask(`${name} is protected. Type its name to delete what it holds: `, terminal);
    if (answer !== name)
        throw new Problem(
            `Nothing was deleted: ${answer === "" ? "no name was typed" : `"${answer}" is not "${name}"`}.`,
            runHints.wrongName(command),
        );
}
