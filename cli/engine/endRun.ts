import { setTimeout as pause } from "node:timers/promises";
import { type FoundProcess, processesWith, sendSignal } from "./processes";
import { isSameRun, markVariable, parseMark, type RunMark } from "./runMark";

/**
 * How long a Pulumi that has been asked to stop may go on with what it has begun, in milliseconds. Longer than the steps that
 * Pulumi can't cut short take as a rule; what takes longer is finished by the next run.
 */
export const graceMs = 20_000;

/** How long a process may take to end after SIGTERM, in milliseconds. */
const termMs = 2000;

/** How long to go on after SIGKILL, in milliseconds: a process that hangs in the kernel can't be ended at all. */
const killMs = 3000;

const pollMs = 100;

/** A process of a run. */
export interface RunProcess extends FoundProcess {
    readonly mark: RunMark;
    /** Number of the Pulumi command that started it, 0 when `mesh` itself did. */
    readonly engine: number;
}

/**
 * The processes that runs have started, this process excepted. Only Pulumi, its plugins, programs and policies, and kubectl: what
 * else a sign-in may have started, such as a browser, belongs to the user.
 */
export function runProcesses(): readonly RunProcess[] {
    return processesWith(markVariable).flatMap((found) => {
        const parsed = parseMark(found.value);
        return parsed !== undefined && /pulumi|kubectl|policy\/index\.js/.test(found.command)
            ? [{ ...found, ...parsed }]
            : [];
    });
}

/** The processes of one run, or of one Pulumi command of it. */
export function processesOf(mark: RunMark, engine?: number): readonly RunProcess[] {
    return runProcesses().filter(
        (each) => isSameRun(each.mark, mark) && (engine === undefined || each.engine === engine),
    );
}

/** Ends the processes that `find` gives, and those that they start meanwhile, without waiting for what they are doing. */
export async function endNow(find: () => readonly { readonly pid: number }[]): Promise<void> {
    const began = Date.now();
    const asked = new Set<number>();
    for (let left = find(); left.length > 0; left = find()) {
        const passed = Date.now() - began;
        if (passed > termMs + killMs) return;
        for (const { pid } of left) {
            if (passed > termMs) sendSignal(pid, "SIGKILL");
            else if (!asked.has(pid)) sendSignal(pid, "SIGTERM");
            asked.add(pid);
        }
        await pause(pollMs);
    }
}

/**
 * Ends a run whose `mesh` process is gone: each Pulumi is asked to stop as by Ctrl-C, and what is left after a while is ended.
 *
 * @param patienceMs how long a Pulumi may go on with what it has begun
 */
export async function endRun(mark: RunMark, patienceMs = graceMs): Promise<void> {
    const deadline = Date.now() + patienceMs;
    const engines = () => processesOf(mark).filter(isEngine);
    await endNow(() => processesOf(mark, 0));
    for (const { pid } of engines()) sendSignal(pid, "SIGINT");
    while (engines().length > 0 && Date.now() < deadline) await pause(pollMs);
    await endNow(() => processesOf(mark));
}

/** True for the Pulumi command itself, also behind an interpreter, as opposed to its plugins and programs. */
function isEngine({ command }: RunProcess): boolean {
    return /^(\S+ )?(\S*\/)?pulumi /.test(command);
}
