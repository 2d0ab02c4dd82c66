import * as fs from "node:fs";
import type { CommandLine } from "./commandLine";
import { runHints } from "./hints/runHints";
import { Problem } from "./problem";

/** Why the system refuses to read or write, by its code. */
const refusals: Readonly<Record<string, string>> = {
    ENOSPC: "no space is left on its disk",
    EDQUOT: "the quota of its disk is used up",
    EROFS: "its disk is read-only",
    EACCES: "that is not allowed",
    EPERM: "that is not allowed",
    ELOOP: "its links lead in a circle",
    ENAMETOOLONG: "its name is too long",
};

/**
 * An error as a sentence, where the user can do something about it.
 *
 * @param command the command that was typed, once it is known
 * @throws the error itself where it is a fault of this program
 */
export function asProblem(error: unknown, command: CommandLine | undefined): Problem {
    if (error instanceof Problem) return error;
    const { code = "", path } = error as NodeJS.ErrnoException;
    const isLost = code === "ENOENT" && path !== undefined && isLink(path);
    const refusal = isLost ? "it is a link that leads nowhere" : refusals[code];
    if (refusal === undefined || command === undefined) throw error;
    const place = path ?? "a file";
    const isFull = code === "ENOSPC" || code === "EDQUOT";
    const act = isLost || (path !== undefined && isHidden(path)) ? "read" : "written";
    return new Problem(
        `${place} can't be ${act}: ${refusal}.`,
        isFull ? runHints.diskFull(command, place) : runHints.mend(command),
    );
}

function isLink(path: string): boolean {
    return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Whether something is there that this user can't read. */
function isHidden(path: string): boolean {
    try {
        fs.accessSync(path, fs.constants.R_OK);
        return false;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "ENOENT";
    }
}
