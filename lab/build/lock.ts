import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { LabError } from "../exec";

/**
 * Runs `work` while holding a lock, so that two checkouts never write to the cache at once.
 *
 * The lock is the kernel's (flock), held by a child that lives as long as our end of its pipe: it is free again
 * whatever way this process ends, so there is never a stale one.
 *
 * @param onWait Called once if another process holds the lock.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const holder = (await acquire(file, ["--nonblock"])) ?? (onWait(), await acquire(file, []));
    if (holder === undefined) {
        throw new LabError(`The lock ${file} can't be taken. Is "flock" (package util-linux) installed?`);
    }
    try {
        return await work();
    } finally {
        holder.stdin?.end();
    }
}

/** The lock's holder, or undefined if it could not be had. */
function acquire(file: string, options: readonly string[]): Promise<ChildProcess | undefined> {
    const child = spawn("flock", [...options, file, "sh", "-c", "echo held; exec cat"], {
        stdio: ["pipe", "pipe", "ignore"],
        // Ctrl-C reaches a whole process group; the lock has to outlive the work that is being stopped.
        detached: true,
    });
    return new Promise((resolve) => {
        child.stdout.once("data", () => {
            resolve(child);
        });
        const failed = () => {
            resolve(undefined);
        };
        child.once("error", failed);
        child.once("close", failed);
    });
}
