import { badEnd, historyCommand, type PastRun } from "../../lib/mesh/lastRun";
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
