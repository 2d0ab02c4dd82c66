import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { TemporaryProject } from "./engine";
import { processesWith, read } from "./processes";

/** What a killed run had come to. */
export interface Killed {
    /** Commands of the processes that were killed, sorted. Empty when the run had ended before its moment. */
    readonly commands: readonly string[];
    /** What it had written. */
    readonly text: string;
}

/**
 * Starts a command of `mesh` and, so many seconds later, kills it and everything that it has started at once, as a machine
 * that loses its power does: Pulumi and its plugins, which have process groups of their own, and kubectl.
 */
export async function killedMesh(
    project: TemporaryProject,
    args: readonly string[],
    afterSeconds: number,
): Promise<Killed> {
    const child = spawn("node", ["load.js", "cli/main.ts", ...args], {
        cwd: project.folder,
        env: { ...process.env, ...project.env },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk;
        });
    }
    const closed = new Promise<void>((resolve) => {
        child.on("close", () => {
            resolve();
        });
    });
    await Promise.race([pause(afterSeconds * 1000), closed]);
    const commands = killAll(project.backendVariable);
    await closed;
    return { commands, text };
}

/**
 * Kills every process that has this variable in its environment, which all that a run has started inherit. All are
 * stopped before the first is killed, so that none sees another one die.
 *
 * @param variable `NAME=VALUE`, with a value that no other process has
 * @returns their commands, sorted
 */
export function killAll(variable: string): readonly string[] {
    const commands = new Map<number, string>();
    for (let found = processesWith(variable); found.length > 0;) {
        for (const { pid } of found) {
            commands.set(pid, commandOf(pid));
            signal(pid, "SIGSTOP");
        }
        // One that was being started while the others were looked for.
        found = processesWith(variable).filter(({ pid }) => !commands.has(pid));
    }
    for (const pid of commands.keys()) signal(pid, "SIGKILL");
    return [...commands.values()].sort();
}

/** Name of the program that a process runs. */
function commandOf(pid: number): string {
    return read(pid, "comm").trim();
}

function signal(pid: number, name: NodeJS.Signals): void {
    try {
        process.kill(pid, name);
    } catch (error) {
        // It has ended by itself.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
