import * as fs from "node:fs";
import { LabError, tryRun } from "../exec";
import { cacheDir, labDir } from "../paths";
import { hierarchies } from "./cgroups";
import { labLinks } from "./network";
import { bridge } from "./plan";
import { runningNodes } from "./process";
import { overlap, prefixLength } from "./ranges";

/** Memory that has to be free for each cluster that is made, MiB: 400 of its own, 750 with Istio and the samples. */
const memoryPerCluster = 1024;
/** Disk space for the unpacked images, which all nodes share, and for what each node writes, MiB. */
const diskForImages = 3072;
const diskPerCluster = 512;
/** inotify instances of one node, 28 with Istio; the kernel's default of 128 for all of root's is soon short. */
const inotifyPerCluster = 32;

/** @throws LabError where this is not root on Linux */
export function requireRoot(): void {
    if (process.platform !== "linux") {
        throw new LabError(
            `The lab runs on Linux only, and this is ${process.platform}. Use clusters of your own instead, for example of kind.`,
        );
    }
    if (process.getuid?.() !== 0) {
        throw new LabError("The lab makes network devices, mounts and cgroups: run it as root.");
    }
}

/**
 * What keeps this machine from running that many more clusters, as sentences. Nothing is made on the machine: what can
 * only be tried is tried in namespaces that end with the attempt.
 *
 * @throws LabError where this is not root on Linux
 */
export async function problemsOfMachine(newClusters: number): Promise<string[]> {
    requireRoot();
    if (newClusters === 0) {
        return [];
    }
    return [
        ...(await missingFeatures()),
        ...(labLinks().includes(bridge.name) ? [] : takenRanges(await routesOfMachine())),
        ...shortResources(newClusters),
    ];
}

async function missingFeatures(): Promise<string[]> {
    const problems: string[] = [];
    const namespaces = ["net", "mnt", "pid", "uts", "ipc"].filter(
        (name) => !fs.existsSync(`/proc/self/ns/${name}`),
    );
    if (namespaces.length > 0) {
        problems.push(`The kernel has no ${namespaces.join(", ")} namespaces.`);
    }
    const missing = missingControllers();
    if (missing.length > 0) {
        problems.push(
            `These cgroup controllers are not mounted below /sys/fs/cgroup, or not enabled: ${missing.join(", ")}.`,
        );
    }
    for (const [what, script] of Object.entries(attempts)) {
        const result = await tryRun("unshare", ["--net", "--mount", "sh", "-ec", script]);
        // A command that is missing is installed later, and the attempt is made again then.
        if (result.code !== 0 && result.code !== 127) {
            problems.push(
                `The kernel, or this container, does not allow ${what}: ${firstLine(result.stderr)}`,
            );
        }
    }
    return problems;
}

/** What a node does and not every kernel and container can. */
const attempts = {
    "a bridge with a veth pair":
        "ip link add b0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master b0",
    "address translation by iptables":
        "iptables -w -t nat -A POSTROUTING -m comment --comment probe -j MASQUERADE; " +
        "iptables -w -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j ACCEPT; " +
        "iptables -w -A FORWARD -m conntrack --ctstate INVALID -j DROP",
    "an overlay mount on tmpfs":
        "mount -t tmpfs tmpfs /tmp; mkdir /tmp/u /tmp/w; " +
        "mount -t overlay -o lowerdir=/etc,upperdir=/tmp/u,workdir=/tmp/w overlay /etc; rm -f /etc/hosts",
};

function missingControllers(): string[] {
    const available = hierarchies().flatMap((dir) => {
        const list = `${dir}/cgroup.controllers`;
        // Version 1 has a folder for one or several controllers, such as cpu,cpuacct.
        return fs.existsSync(list)
            ? fs.readFileSync(list, "utf8").trim().split(" ")
            : (dir.split("/").at(-1) ?? "").split(",");
    });
    return ["cpu", "cpuset", "memory", "pids"].filter((name) => !available.includes(name));
}

/** A route as `ip -json route` shows it. */
export interface Route {
    /** A range, an address, or `default`. */
    readonly dst: string;
    readonly dev?: string;
}

/**
 * What keeps the bridge from having its range. Only that one matters. Those of pods and services exist inside the nodes
 * alone: the machine may use the same addresses for something else, and the two never meet.
 */
export function takenRanges(routes: readonly Route[]): string[] {
    return (
        routes
            // Ranges of half of all addresses are how some tunnels replace the default route.
            .filter(({ dst }) => overlap(dst, bridge.range) && (prefixLength(dst) ?? 0) > 1)
            .slice(0, 1)
            .map(({ dst, dev }) => {
                const through = dev === undefined ? "" : ` through ${dev}`;
                return (
                    `The lab's addresses ${bridge.range} are taken: this machine has a route to ${dst}${through}. ` +
                    "Remove that network, or use clusters of your own."
                );
            })
    );
}

async function routesOfMachine(): Promise<Route[]> {
    const { code, stdout } = await tryRun("ip", ["-json", "-4", "route", "show", "table", "all"]);
    return code === 0 ? (JSON.parse(stdout) as Route[]) : [];
}

function shortResources(newClusters: number): string[] {
    const problems: string[] = [];
    const memory =
        Number(/^MemAvailable:\s+(\d+) kB$/m.exec(fs.readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1024;
    const memoryNeeded = newClusters * memoryPerCluster;
    if (memory < memoryNeeded) {
        problems.push(
            `${newClusters} more clusters need ${memoryNeeded} MiB of memory; ${Math.floor(memory)} MiB are free.`,
        );
    }
    const diskNeeded = diskForImages + newClusters * diskPerCluster;
    for (const dir of [labDir, cacheDir]) {
        fs.mkdirSync(dir, { recursive: true });
        const { bavail, bsize } = fs.statfsSync(dir);
        const disk = (bavail * bsize) / 1024 / 1024;
        if (disk < diskNeeded) {
            problems.push(
                `${newClusters} more clusters need ${diskNeeded} MiB of disk space in ${dir}; ${Math.floor(disk)} MiB are free.`,
            );
        }
    }
    const inotify = Number(fs.readFileSync("/proc/sys/fs/inotify/max_user_instances", "utf8"));
    const clusters = runningNodes().length + newClusters;
    const inotifyNeeded = clusters * inotifyPerCluster;
    if (inotify < inotifyNeeded) {
        problems.push(
            `${clusters} clusters need ${inotifyNeeded} inotify instances; this machine's limit is ${inotify}. Raise it: sysctl fs.inotify.max_user_instances=${inotifyNeeded * 2}`,
        );
    }
    return problems;
}

function firstLine(text: string): string {
    return text.trim().split("\n")[0] ?? "";
}
