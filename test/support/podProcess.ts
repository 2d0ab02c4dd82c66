import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import * as readline from "node:readline";
import { members } from "../../lab/node/cgroups";
import { nodePlan } from "../../lab/node/plan";
import { endsWithCaller } from "../../lab/node/process";
import { checkoutDir } from "../../lab/paths";
import { onCluster } from "./cluster";
import type { Cluster } from "./labMesh";
import { read } from "./processes";

/** Pods by a label. */
export interface Pods {
    readonly namespace: string;
    /** `NAME=VALUE` */
    readonly label: string;
}

/** Ids, as the machine sees them, of the processes of one program in the proxy containers of some pods of the lab. */
export async function proxyProcesses(
    cluster: Cluster,
    { namespace, label }: Pods,
    program: string,
): Promise<readonly number[]> {
    const names = await onCluster(cluster, [
        ...["get", "pods", "-n", namespace, "-l", label, "--field-selector=status.phase=Running"],
        ...["-o", "jsonpath={.items[*].metadata.name}"],
    ]);
    const variables = names.split(" ").map((name) => `POD_NAME=${name}`);
    const { cgroup } = nodePlan(Number(cluster.slice(-1)));
    return members(cgroup).filter((pid) => {
        if (read(pid, "comm").trim() !== program) return false;
        const environment = read(pid, "environ").split("\0");
        return variables.some((variable) => environment.includes(variable));
    });
}

/** A program of this project that runs in the network of a pod of the lab, as one of the pod's own would: through its sidecar. */
export class PodProcess {
    /** What it has written so far. */
    readonly lines: string[] = [];
    private readonly child: ChildProcess;

    private constructor(pid: number, command: readonly string[]) {
        const network = ["nsenter", "--target", String(pid), "--net", "--"];
        const [file, args] = endsWithCaller([...network, process.execPath, ...command]);
        this.child = spawn(file, args, { cwd: checkoutDir, stdio: ["ignore", "pipe", "inherit"] });
        if (this.child.stdout) {
            readline
                .createInterface({ input: this.child.stdout })
                .on("line", (line) => this.lines.push(line));
        }
    }

    /** @param file path in this checkout of a TypeScript file */
    static async start(
        cluster: Cluster,
        pods: Pods,
        file: string,
        args: readonly (string | number)[],
    ): Promise<PodProcess> {
        const [pid] = await proxyProcesses(cluster, pods, "pilot-agent");
        if (pid === undefined) throw new Error(`${cluster} has no pod ${pods.namespace}/${pods.label}.`);
        return new PodProcess(pid, ["load.js", path.join(checkoutDir, file), ...args.map(String)]);
    }

    /** Asks it to end, and waits until it has. */
    async end(): Promise<void> {
        const { child } = this;
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "close");
        child.kill("SIGTERM");
        await ended;
    }
}
