import * as fs from "node:fs";
import * as path from "node:path";
import { objectPrefix } from "./plan";

/**
 * The cgroup folders of a node hold every process of it: `CGROUP/node` the node's own, `CGROUP/kubepods` the pods. So
 * they are also how a node is found again, by whichever checkout and whatever happened to that one's files.
 */
const ownProcesses = "node";

/** The mounted hierarchies: one for each controller in version 1, a single one in version 2. */
export function hierarchies(): string[] {
    return fs
        .readFileSync("/proc/mounts", "utf8")
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
        .map(([, dir]) => dir ?? "")
        .filter((dir) => dir !== "");
}

/** Names of the lab's top folders, in any hierarchy. */
export function labCgroups(): string[] {
    const names = hierarchies().flatMap((dir) => fs.readdirSync(dir));
    return [...new Set(names.filter((name) => name.startsWith(objectPrefix)))].sort();
}

/** Makes a node's folders, and returns the files through which its first process enters them. */
export function makeCgroup(cgroup: string): string[] {
    return hierarchies().map((hierarchy) => {
        enableControllers(hierarchy);
        const dir = path.join(hierarchy, cgroup, ownProcesses);
        fs.mkdirSync(dir, { recursive: true });
        const parent = path.join(hierarchy, cgroup);
        // A cpuset starts out empty in version 1, and takes no process then.
        for (const file of ["cpuset.cpus", "cpuset.mems"]) {
            for (const [from, to] of [
                [hierarchy, parent],
                [parent, dir],
            ] as const) {
                inherit(path.join(from, file), path.join(to, file));
            }
        }
        return path.join(dir, "cgroup.procs");
    });
}

/** Version 2: folders below the top have only the controllers that the top hands down. */
function enableControllers(hierarchy: string): void {
    const handedDown = path.join(hierarchy, "cgroup.subtree_control");
    const enabled = readIfThere(handedDown).trim().split(" ");
    for (const name of readIfThere(path.join(hierarchy, "cgroup.controllers")).trim().split(" ")) {
        if (name !== "" && !enabled.includes(name)) {
            fs.writeFileSync(handedDown, `+${name}`);
        }
    }
}

function inherit(from: string, to: string): void {
    if (fs.existsSync(from) && fs.existsSync(to)) {
        const value = fs.readFileSync(from, "utf8").trim();
        if (value !== "" && fs.readFileSync(to, "utf8").trim() === "") {
            fs.writeFileSync(to, value);
        }
    }
}

/** Ids of all processes in a cgroup and below it, in any hierarchy. */
export function members(cgroup: string): number[] {
    const pids = hierarchies().flatMap((hierarchy) => {
        return foldersBelow(path.join(hierarchy, cgroup)).flatMap((dir) => {
            return readIfThere(path.join(dir, "cgroup.procs")).split("\n").map(Number);
        });
    });
    // 0 stands for a process that is not visible from here, and for the end of the file.
    return [...new Set(pids.filter((pid) => pid > 0))].sort((a, b) => a - b);
}

/**
 * Removes a cgroup's folders from every hierarchy.
 *
 * @returns the folders that could not be removed (yet), because a process is in them
 */
export function removeCgroup(cgroup: string): string[] {
    return hierarchies().flatMap((hierarchy) => {
        return foldersBelow(path.join(hierarchy, cgroup))
            .reverse()
            .filter((dir) => {
                try {
                    fs.rmdirSync(dir);
                    return false;
                } catch (error) {
                    return (error as NodeJS.ErrnoException).code !== "ENOENT";
                }
            });
    });
}

/** A folder and all folders below it, each before those in it. Empty when there is no such folder. */
function foldersBelow(dir: string): string[] {
    let entries: fs.Dirent[];
    try {
        entries = fs.readdirSync(dir, { withFileTypes: true });
    } catch {
        return [];
    }
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(dir, entry.name));
    return [dir, ...below.flatMap(foldersBelow)];
}

function readIfThere(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return "";
    }
}
