import * as fs from "node:fs";
import * as path from "node:path";
import { labCgroups, members } from "./cgroups";
import { objectPrefix } from "./plan";

/** A node that runs on this machine, of whichever checkout. */
export interface RunningNode {
    /** Name of the cluster. */
    readonly cluster: string;
    /** The node's folder, `CHECKOUT/.lab/CLUSTER`. */
    readonly dir: string;
    /** Id of the node's first process, as seen from the machine. */
    readonly pid: number;
}

/** Path of the program that is process 1 of each node. */
export const initScript = path.join(__dirname, "init.sh");

/** Path of the program that is the load balancer of each node. */
export const balancerScript = path.join(__dirname, "loadBalancer.sh");

/** Every node that runs on this machine. The kernel is asked, so that no file can say something else. */
export function runningNodes(): RunningNode[] {
    return labCgroups().flatMap((cgroup) => runningNode(cgroup.slice(objectPrefix.length)) ?? []);
}

/** The running node of one cluster, if there is one. */
export function runningNode(cluster: string): RunningNode | undefined {
    for (const pid of members(`${objectPrefix}${cluster}`)) {
        // bash INIT_SCRIPT NODE_DIR NAME ...
        const [, script, dir, name] = read(pid, "cmdline").split("\0");
        if (
            script !== undefined &&
            path.basename(script) === path.basename(initScript) &&
            dir !== undefined &&
            name === cluster &&
            /^NSpid:\s+\d+\s+1$/m.test(read(pid, "status"))
        ) {
            return { cluster, dir, pid };
        }
    }
    return undefined;
}

/** The command that runs another one inside a node: as its processes see the machine. */
export function enter(node: RunningNode): string[] {
    return ["nsenter", "--target", String(node.pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--"];
}

/**
 * A command that the kernel ends with this process, however this process ends: what it was in the middle of is then not
 * finished behind the back of the next one.
 *
 * @returns program and arguments
 */
export function endsWithCaller(command: readonly string[]): [file: string, args: string[]] {
    return ["setpriv", ["--pdeathsig", "KILL", ...command]];
}

/** Kinds of namespaces that hold something which must not outlive a node: mounts, network devices, processes. */
const namespaceKinds = ["mnt", "net", "pid"];

/** Names of the namespaces of one process, such as `net:[4026532182]`; none when it has ended. */
export function namespacesOf(pid: number): string[] {
    return namespaceKinds.flatMap((kind) => {
        try {
            return [fs.readlinkSync(`/proc/${pid}/ns/${kind}`)];
        } catch {
            return [];
        }
    });
}

/** Ids of the processes in any of these namespaces, whoever started them. */
export function processesIn(namespaces: readonly string[]): number[] {
    return fs
        .readdirSync("/proc")
        .map(Number)
        .filter((pid) => pid > 0 && namespacesOf(pid).some((name) => namespaces.includes(name)));
}

function read(pid: number, file: string): string {
    try {
        return fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}
