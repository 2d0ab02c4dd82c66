import * as fs from "node:fs";
import * as path from "node:path";
import { withLock } from "./build/lock";
import { LabError } from "./exec";
import { labCgroups, members } from "./node/cgroups";
import { labLinks, removeLink } from "./node/network";
import { labLock, maxClusters, nodePlans, objectPrefix } from "./node/plan";
import { poll } from "./node/poll";
import { requireRoot } from "./node/preflight";
import { namespacesOf, processesIn, runningNodes } from "./node/process";
import { removeNode } from "./node/remove";
import { clusterDir, labDir, pulumiStateDir } from "./paths";

/** How long the kernel may take to let go of what was removed, seconds. */
const settleSeconds = 10;

/**
 * Removes every lab cluster of this machine, whichever checkout made it and whatever state it is in, and checks that
 * nothing is left. What Pulumi recorded of this checkout's clusters goes with them: it describes what is gone, and the next
 * lab would be taken for it. The tools and images in the cache stay.
 *
 * @throws LabError that lists what is left, if anything is
 */
export async function labDown(): Promise<void> {
    requireRoot();
    const waiting = () => {
        console.error("Another lab command is running on this machine; waiting for it to end.");
    };
    await withLock(labLock, waiting, down);
}

async function down(): Promise<void> {
    const dirs = clusterDirs();
    const namespaces = runningNodes().flatMap(({ pid }) => namespacesOf(pid));
    await Promise.all([...dirs].map(([cluster, dir]) => removeNode(cluster, dir)));
    for (const link of labLinks()) {
        await removeLink(link);
    }
    await requireNothingLeft([...dirs.values()], namespaces);
    fs.rmSync(pulumiStateDir, { recursive: true, force: true });
    for (const [cluster, dir] of dirs) {
        const foreign = dir === clusterDir(cluster) ? "" : ` of ${path.dirname(path.dirname(dir))}`;
        console.log(`Removed ${cluster}${foreign}.`);
    }
    if (dirs.size === 0) {
        console.log("No lab is there.");
    }
}

/** Every cluster of which there is anything, with its folder: what runs, what only cgroups are left of, and own files. */
function clusterDirs(): Map<string, string> {
    const cgroups = labCgroups().map((name) => name.slice(objectPrefix.length));
    const files = nodePlans(maxClusters).filter(({ cluster }) => fs.existsSync(clusterDir(cluster)));
    const running = runningNodes();
    return new Map([
        ...cgroups.map((cluster) => [cluster, clusterDir(cluster)] as const),
        ...files.map(({ cluster }) => [cluster, clusterDir(cluster)] as const),
        ...running.map(({ cluster, dir }) => [cluster, dir] as const),
    ]);
}

async function requireNothingLeft(dirs: readonly string[], namespaces: readonly string[]): Promise<void> {
    let left: string[] = [];
    await poll(settleSeconds, 100, () => {
        left = leftovers(dirs, namespaces);
        return left.length === 0 ? true : undefined;
    });
    if (left.length > 0) {
        throw new LabError(
            `The lab is not gone yet: ${left.join("; ")}. Run "npm run lab -- down" again; if that does not help, look at what uses it.`,
        );
    }
}

/** What there still is of the lab on this machine. A process of somebody else in a node's namespace keeps that alive. */
function leftovers(dirs: readonly string[], namespaces: readonly string[]): string[] {
    const cgroups = labCgroups();
    const processes = new Set([...cgroups.flatMap(members), ...processesIn(namespaces)]);
    const mounts = fs
        .readFileSync("/proc/self/mountinfo", "utf8")
        .split("\n")
        .map((line) => line.split(" ")[4] ?? "")
        .filter((point) => [labDir, ...dirs].some((dir) => point.startsWith(`${dir}/`)));
    const found = {
        processes: [...processes].map(String),
        "cgroup folders": cgroups,
        "network devices": labLinks(),
        mounts,
        folders: dirs.filter((dir) => fs.existsSync(dir)),
    };
    return Object.entries(found)
        .filter(([, names]) => names.length > 0)
        .map(([what, names]) => `${what} ${names.join(", ")}`);
}
