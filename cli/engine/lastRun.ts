import { badEnd, historyCommand, type LastUp, lastUp, type PastRun } from "../../lib/mesh/lastRun";
import { pulumiCli } from "./pulumiCli";

/**
 * Asks the backend how a stack's last run ended: a sentence where that was no good end.
 *
 * @param writtenAt when the state was written, as the backend lists it
 */
export async function readBadEnd(
    folder: string,
    stack: string,
    writtenAt: string | undefined,
): Promise<string | undefined> {
    const { ok, stdout } = await pulumiCli(folder, historyCommand(stack, 1));
    // A backend that can't be read stops the run itself, which says why.
    return ok ? badEnd(JSON.parse(stdout) as readonly PastRun[], writtenAt) : undefined;
}

/** Runs of a stack that are looked through for the last good update: failed ones and previews may have come after it. */
const runsBack = 10;

/** Asks the backend for a stack's last good update; undefined where there is none, or none can be told. */
export async function readLastUp(folder: string, stack: string): Promise<LastUp | undefined> {
    const { ok, stdout } = await pulumiCli(folder, historyCommand(stack, runsBack));
    return ok ? lastUp(JSON.parse(stdout) as readonly PastRun[]) : undefined;
}
