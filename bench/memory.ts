import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { read } from "../test/support/processes";

const everyMs = 500;

/** Does some work, and tells the most memory that what it starts uses meanwhile: the sum of its processes' PSS, MiB. */
export async function peakMemory<T>(
    work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peakMiB: number }> {
    let isDone = false;
    let peakMiB = 0;
    const watch = async () => {
        while (!isDone) {
            peakMiB = Math.max(peakMiB, sumOfPss(descendants(process.pid)));
            await pause(everyMs);
        }
    };
    const watching = watch();
    try {
        return { result: await work(), peakMiB };
    } finally {
        isDone = true;
        await watching;
    }
}

/** Memory of the processes of pods on this machine whose names begin so: the sum of their PSS, MiB. */
export function memoryOfPods(prefix: string): number {
    return sumOfPss(pids().filter((pid) => read(pid, "environ").split("\0").some(isNameOf(prefix))));
}

function isNameOf(prefix: string): (variable: string) => boolean {
    return (variable) => variable.startsWith(`HOSTNAME=${prefix}`);
}

/** Processes that a process has started, directly or not. */
function descendants(root: number): readonly number[] {
    const children = new Map<number, number[]>();
    for (const pid of pids()) {
        // The name stands in brackets and may hold anything.
        const [, parent] = read(pid, "stat")
            .replace(/^.*\) /s, "")
            .split(" ");
        children.set(Number(parent), [...(children.get(Number(parent)) ?? []), pid]);
    }
    const of = (pid: number): readonly number[] =>
        (children.get(pid) ?? []).flatMap((child) => [child, ...of(child)]);
    return of(root);
}

function sumOfPss(processes: readonly number[]): number {
    const kibibytes = processes.map((pid) =>
        Number(/^Pss:\s+(\d+)/m.exec(read(pid, "smaps_rollup"))?.[1] ?? 0),
    );
    return Math.round(kibibytes.reduce((sum, each) => sum + each, 0) / 1024);
}

function pids(): readonly number[] {
    return fs.readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}
