import type { CommandLine } from "../commandLine";
import { readBackend } from "./backendFiles";
import { explain, type Failure, isAboutCluster, isSaidUnreachable, saidOf } from "./diagnosis";
import type { Message } from "./events";
import { lookAt, placeOf } from "./reach";
import { Problem } from "../problem";

/** What failed, and where. */
export interface Failed {
    /** The project folder. */
    readonly folder: string;
    readonly project: string;
    readonly stack: string;
    /** The command that failed, as it was typed. */
    readonly command: CommandLine;
    /** The engine's error diagnostics; none where the CLI never got to it. */
    readonly errors?: readonly Message[];
    /** Everything that the CLI wrote to standard error. */
    readonly stderr: string;
}

/**
 * Explains a failed run by its messages and by what can be seen now: the files of the backend, and the cluster where the
 * messages say that it was not reached.
 */
export async function diagnose({
    folder,
    project,
    stack,
    command,
    errors = [],
    stderr,
}: Failed): Promise<Failure> {
    const said = saidOf(errors, stack, stderr);
    const place = placeOfAny(folder, project, stack);
    const look = said.some((text) => isAboutCluster(text, place) || isSaidUnreachable(text))
        ? await lookAt(folder, project, stack)
        : undefined;
    return explain({ stack, command, place, look, backend: readBackend(folder, process.env, project) }, said);
}

function placeOfAny(folder: string, project: string, stack: string): ReturnType<typeof placeOf> {
    try {
        return placeOf(folder, project, stack);
    } catch (error) {
        // The stack file itself may be what is wrong, and the message that is explained then says so.
        if (error instanceof Problem) return undefined;
        throw error;
    }
}
