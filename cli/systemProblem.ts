import type { CommandLine } from "./commandLine";
import { runHints } from "./hints/runHints";
import { Problem } from "./problem";

/** Why the system refuses to write, by its code. */
const refusals: Readonly<Record<string, string>> = {
    ENOSPC: "no space is left on its disk",
    EDQUOT: "the quota of its disk is used up",
    EROFS: "its disk is read-only",
    EACCES: "that is not allowed",
    EPERM: "that is not allowed",
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
    const refusal = refusals[code];
    if (refusal === undefined || command === undefined) throw error;
    const place = path ?? "a file";
    const isFull = code === "ENOSPC" || code === "EDQUOT";
    return new Problem(
        `${place} can't be written: ${refusal}.`,
        isFull ? runHints.diskFull(command, place) : runHints.mend(command),
    );
}
