import * as fs from "node:fs";
import * as path from "node:path";
import { LabError, run } from "../exec";
import { members, removeCgroup } from "./cgroups";
import { removeLink } from "./network";
import { nodePlan, objectPrefix } from "./plan";
import { poll } from "./poll";
import { endsWithCaller, runningNode } from "./process";

/** How long the processes of a node may take to end after they were killed, seconds. */
const endSeconds = 30;
/**
 * How long the parent of a node's first process may take to see that it ended. Were both killed at once, the first
 * process, and with it the namespaces, would stay until somebody else asks for its exit code.
 */
const ownEndMs = 2000;

/**
 * Removes all of one cluster, in whatever state it is: processes, and with the last of them the namespaces and mounts,
 * then network device, cgroup folders and files.
 *
 * @param dir the cluster's folder, if it is known
 */
export async function removeNode(cluster: string, dir?: string): Promise<void> {
    await endProcesses(cluster);
    const number = Number(/^cluster([1-9])$/.exec(cluster)?.[1]);
    if (!Number.isNaN(number)) {
        await removeLink(nodePlan(number).veth);
    }
    await removeFolders(cluster);
    // The folder's name may come from the command line of a process: only what looks like a lab's is removed.
    if (dir?.endsWith(path.join("/.lab", cluster)) === true && fs.existsSync(dir)) {
        // Several times as fast as Node.js is with tens of thousands of files.
        await run(...endsWithCaller(["rm", "-rf", "--one-file-system", dir]));
    }
}

async function endProcesses(cluster: string): Promise<void> {
    const cgroup = `${objectPrefix}${cluster}`;
    // The kernel ends the whole process namespace with its first process, pods included.
    const first = runningNode(cluster)?.pid;
    if (first !== undefined) {
        kill(first);
    }
    let left: number[] = [];
    const patient = Date.now() + (first === undefined ? 0 : ownEndMs);
    await poll(endSeconds, 50, () => {
        left = members(cgroup);
        if (Date.now() >= patient) {
            left.forEach(kill);
        }
        return left.length === 0 ? true : undefined;
    });
    if (left.length > 0) {
        throw new LabError(
            `Processes of ${cluster} did not end: ${left.join(", ")}. Look at them with ps, then run "npm run lab -- down" again.`,
        );
    }
}

async function removeFolders(cluster: string): Promise<void> {
    let left: string[] = [];
    await poll(endSeconds, 50, () => {
        left = removeCgroup(`${objectPrefix}${cluster}`);
        return left.length === 0 ? true : undefined;
    });
    if (left.length > 0) {
        throw new LabError(`These cgroup folders of ${cluster} could not be removed: ${left.join(", ")}.`);
    }
}

function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
            throw error;
        }
    }
}
