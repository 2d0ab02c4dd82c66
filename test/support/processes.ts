import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** A process that was found by its environment. */
export interface LeftProcess {
    readonly pid: number;
    /** Its command line, words separated by spaces. */
    readonly command: string;
}

/**
 * The processes that were started with this variable, which all that a command starts inherits; this one excepted.
 *
 * @param variable `NAME=VALUE`, with a value that no other process has
 */
export function processesWith(variable: string): readonly LeftProcess[] {
    return fs
        .readdirSync("/proc")
        .map(Number)
        .filter(
            (pid) => pid > 0 && pid !== process.pid && read(pid, "environ").split("\0").includes(variable),
        )
        .map((pid) => ({ pid, command: read(pid, "cmdline").replaceAll("\0", " ").trim() }));
}

/** Waits until no process with this variable is left, and returns those that are when the time is over. */
export async function processesLeft(variable: string, seconds: number): Promise<readonly LeftProcess[]> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const left = processesWith(variable);
        if (left.length === 0 || Date.now() >= end) return left;
        await pause(50);
    }
}

/** Text of one of the kernel's files about a process; empty when it has ended. */
export function read(pid: number, file: string): string {
    try {
        return fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}
