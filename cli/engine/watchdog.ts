import { spawn } from "node:child_process";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { removeStale } from "../../handover/runFolder";
import { endRun, runProcesses, type RunProcess } from "./endRun";
import { processesWith } from "./processes";
import { isRunAlive, isSameRun, markValue, parseMark, type RunMark } from "./runMark";

/** The variable by which the watchdog of a run can be known. */
const watchdogVariable = "ISTIO_MULTICLUSTER_WATCHDOG";

/** Waits for the end of its input, which is the end of the run's `mesh` process, then goes on as what ends the run. */
const waiting = 'read -r _ || exec "$@"';

/**
 * Starts a process that ends what this run has started, should this process be killed. It is a shell that sleeps, in a session
 * of its own, so that neither Ctrl-C nor a closed terminal reaches it.
 *
 * @returns ends the watchdog, to be called when nothing of the run is left
 */
export function startWatchdog(mark: RunMark): () => void {
    const root = path.join(__dirname, "..", "..");
    const ending = [process.execPath, path.join(root, "load.js"), __filename];
    const dog = spawn("/bin/sh", ["-c", waiting, "mesh-watchdog", ...ending], {
        cwd: root,
        detached: true,
        env: { ...process.env, [watchdogVariable]: markValue(mark, 0) },
        stdio: ["pipe", "ignore", "ignore"],
    });
    // Without a shell there is no watchdog, which is no reason not to work.
    dog.on("error", () => undefined);
    dog.unref();
    return () => {
        dog.kill("SIGKILL");
    };
}

/**
 * Ends what killed runs of this project have left, or waits until their watchdogs have done so.
 *
 * @param say told what is being ended, before it is
 */
export async function endLeftovers(folder: string, say: (sentence: string) => void): Promise<void> {
    const left = runProcesses().filter(({ mark }) => mark.folder === folder && !isRunAlive(mark));
    if (left.length === 0) return;
    say(`Ending what an earlier run, which was killed, has left: ${listed(left)}.`);
    const marks = left
        .map(({ mark }) => mark)
        .filter((mark, index, all) => all.findIndex((other) => isSameRun(mark, other)) === index);
    await Promise.all(
        marks.map(async (mark) => {
            while (hasWatchdog(mark)) await pause(200);
            await endRun(mark);
        }),
    );
}

function listed(left: readonly RunProcess[]): string {
    return left.map(({ pid, command }) => `${nameOf(command)} (process ${pid})`).join(", ");
}

/** The program that a command line runs, for people. */
function nameOf(command: string): string {
    if (/@pulumi\/pulumi\/cmd\/run\b/.test(command)) return "the program";
    if (command.includes("dynamic-provider")) return "the program's provider";
    return path.basename(command.split(" ")[0] ?? "");
}

function hasWatchdog(mark: RunMark): boolean {
    return processesWith(watchdogVariable).some(({ value }) => {
        const parsed = parseMark(value);
        return parsed !== undefined && isSameRun(parsed.mark, mark);
    });
}

// Run as a program: by the watchdog's shell.
if (require.main === module) {
    const parsed = parseMark(process.env[watchdogVariable] ?? "");
    if (parsed !== undefined) void endRun(parsed.mark).then(removeStale);
}
