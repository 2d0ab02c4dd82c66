import * as fs from "node:fs";

/**
 * True when the process with this id runs and is a Pulumi. Ids are used again after a crash, so a process with another
 * command does not count. Where the command can't be read (no /proc), any running process counts.
 */
export function isPulumiAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch (error) {
        // EPERM: it runs, as somebody else.
        if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
    }
    try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi");
    } catch {
        return true;
    }
}
