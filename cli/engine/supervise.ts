import { runningPulumis } from "./pulumiProcess";
import { markValue, markVariable, ownMark } from "./runMark";
import { endLeftovers, startWatchdog } from "./watchdog";

/**
 * Sees to it that no process of this run outlives it, however it ends: each is marked, and a watchdog ends them should this
 * process be killed. Then ends what earlier runs of the same project have left.
 *
 * @param say told what is being ended
 */
export async function supervise(folder: string, say: (sentence: string) => void): Promise<void> {
    const mark = ownMark(folder);
    Reflect.deleteProperty(process.env, markVariable);
    const dismissWatchdog = startWatchdog(mark);
    // kubectl inherits it; each Pulumi gets its own.
    process.env[markVariable] = markValue(mark, 0);
    process.on("exit", () => {
        // After an error of our own it has work to do.
        if (runningPulumis() === 0) dismissWatchdog();
    });
    await endLeftovers(folder, say);
}
