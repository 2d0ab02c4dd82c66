import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { TemporaryProject } from "./engine";

/** How a command ended that was stopped on its way. */
export interface Stopped {
    /** Its exit code; 128 where a signal ended it. */
    readonly code: number;
    /** Whether it was stopped, rather than ending by itself. */
    readonly wasStopped: boolean;
    /** What it had written. */
    readonly text: string;
    /** Wall time, seconds. */
    readonly seconds: number;
}

/**
 * Starts a command of `mesh` and stops it, as soon as something is so. Waits for its end.
 *
 * @param isTime asked again and again, twice a second, with what has been written; undefined lets the command end by itself
 * @param stop how; as one Ctrl-C does by default
 */
export async function stoppedMesh(
    project: TemporaryProject,
    args: readonly string[],
    isTime?: (text: string) => Promise<boolean>,
    stop: (child: ChildProcess) => boolean = (child) => child.kill("SIGINT"),
): Promise<Stopped> {
    const began = Date.now();
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
    const over = new AbortController();
    const ended = new Promise<number>((resolve) => {
        child.on("close", (code) => {
            over.abort();
            resolve(code ?? 128);
        });
    });
    let wasStopped = false;
    while (isTime !== undefined && !over.signal.aborted && !wasStopped) {
        if (await isTime(text)) wasStopped = stop(child);
        else await pause(500);
    }
    const code = await ended;
    return { code, wasStopped, text: stripVTControlCharacters(text), seconds: (Date.now() - began) / 1000 };
}

/** What is so once a command has said something. */
export function once(said: RegExp): (text: string) => Promise<boolean> {
    return (text) => Promise.resolve(said.test(text));
}
