import { spawn } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { failure, LabError, tryRun } from "../exec";
import { binDir, clusterDir, kubeconfigPath } from "../paths";
import { makeCgroup } from "./cgroups";
import { nodeFiles, nodeRunDir } from "./config";
import { copyImageStore } from "./imageStore";
import { connectNode } from "./network";
import { balancerAddresses, bridge, type NodePlan } from "./plan";
import { poll } from "./poll";
import { balancerScript, endsWithCaller, enter, initScript, runningNode, type RunningNode } from "./process";

/** Says what a cluster is waiting for. What it throws ends the work. */
export type Report = (step: string) => void;

/** How long a step of a node may take, seconds: several times what it takes on two busy cores. */
const limits = { init: 20, kubeadm: 400, ready: 240 };

/**
 * Makes one cluster. Nothing of it may be there yet, see removeNode. The kubeconfig is written last: a cluster without
 * one is half made.
 *
 * @param imageStore what `prepareImageStore` returned
 * @throws LabError that names the log file of what failed, with its last lines
 */
export async function createNode(plan: NodePlan, imageStore: string, report: Report): Promise<void> {
    const dir = clusterDir(plan.cluster);
    report("images");
    writeFiles(plan, dir);
    fs.writeFileSync(versionFile(plan.cluster), nodeVersion(plan, imageStore));
    await copyImageStore(imageStore, path.join(dir, "var/lib/containerd"));
    report("namespaces and network");
    const node = await startNode(plan, dir);
    await connectNode(plan, node.pid);
    await runKubeadm(plan, node, report);
    await waitUntilReady(plan, node, report);
    writeKubeconfig(plan, node);
}

/** Names the node's settings and images: a running cluster with another name was made by another version of the lab. */
export function nodeVersion(plan: NodePlan, imageStore: string): string {
    const settings = [nodeFiles(plan), ...scripts(), path.basename(imageStore)];
    return crypto.createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 12);
}

/** Texts of the programs that a node runs for itself. */
function scripts(): string[] {
    return [initScript, balancerScript].map((file) => fs.readFileSync(file, "utf8"));
}

/** File that holds what `nodeVersion` said when the cluster was made. */
export function versionFile(cluster: string): string {
    return path.join(clusterDir(cluster), "version");
}

function kubeletLog(cluster: string): string {
    return path.join(clusterDir(cluster), "var/log/kubelet.log");
}

function writeFiles(plan: NodePlan, dir: string): void {
    for (const sub of ["run", "var/lib", "var/log", "config"]) {
        fs.mkdirSync(path.join(dir, sub), { recursive: true });
    }
    for (const [name, text] of Object.entries(nodeFiles(plan))) {
        const file = path.join(dir, "config", name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, text);
    }
}

/** Starts the node's first process, which outlives this one. */
async function startNode(plan: NodePlan, dir: string): Promise<RunningNode> {
    const logFile = path.join(dir, "init.log");
    const log = fs.openSync(logFile, "a");
    const init = [
        ...["bash", initScript, dir, plan.cluster, `${plan.address}/${bridge.prefixLength}`, bridge.address],
        balancerAddresses(plan).join(" "),
        ...["kubelet", "kubeadm", "kubectl"].map((name) => fs.realpathSync(path.join(binDir, name))),
    ];
    // The shell enters the cgroups before anything else exists, so that whatever comes of it is found there.
    const enterCgroups = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit; shift; done; shift; exec "$@"';
    const namespaces = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--mount-proc"];
    const child = spawn(
        "sh",
        ["-c", enterCgroups, "sh", ...makeCgroup(plan.cgroup), "--", ...namespaces, ...init],
        {
            cwd: "/",
            detached: true,
            stdio: ["ignore", log, log],
            // Nothing of the caller's environment has a business in a daemon that stays.
            env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" },
        },
    );
    child.unref();
    fs.closeSync(log);
    const node = await poll(limits.init, 20, () => runningNode(plan.cluster));
    if (node === undefined) {
        throw new LabError(`The node of ${plan.cluster} did not start. ${lastLines(logFile)}`);
    }
    return node;
}

async function runKubeadm(plan: NodePlan, node: RunningNode, report: Report): Promise<void> {
    report("container runtime");
    const socket = `/proc/${node.pid}/root/run/containerd/containerd.sock`;
    const started = await poll(limits.init, 50, () => {
        return fs.existsSync(socket) || !fs.existsSync(`/proc/${node.pid}`)
            ? fs.existsSync(socket)
            : undefined;
    });
    if (started !== true) {
        const dir = clusterDir(plan.cluster);
        const logs = [path.join(dir, "var/log/containerd.log"), path.join(dir, "init.log")];
        const ends = logs.map(lastLines).join("\n");
        throw new LabError(`containerd of ${plan.cluster} did not start. ${ends}`);
    }
    report("kubeadm");
    await kubeadm(plan, node, "kubeadm.log", ["init"], report);
    report("waiting for kube-proxy");
    await kubectl(plan, node, ["--namespace=kube-system", "rollout", "status", "daemonset/kube-proxy"]);
    await kubeadm(plan, node, "kubeadm-coredns.log", ["init", "phase", "addon", "coredns"], report);
}

async function kubeadm(
    plan: NodePlan,
    node: RunningNode,
    logName: string,
    args: readonly string[],
    report: Report,
): Promise<void> {
    const logFile = path.join(clusterDir(plan.cluster), "var/log", logName);
    let phase = "";
    const result = await tryRun(
        ...endsWithCaller([
            ...enter(node),
            ...[`${nodeRunDir}/bin/kubeadm`, ...args, "--config", `${nodeRunDir}/config/kubeadm.yaml`],
        ]),
        {
            logFile,
            timeoutMs: limits.kubeadm * 1000,
            onOutput: (chunk) => {
                const last = [...chunk.matchAll(/^\[([a-z-]+)\]/gm)].at(-1)?.[1];
                if (last !== undefined && last !== phase) {
                    phase = last;
                    report(`kubeadm: ${phase}`);
                }
            },
        },
    );
    if (result.code !== 0) {
        const why = failure(["kubeadm", ...args], result, logFile);
        throw new LabError(`${plan.cluster}: ${why}\n${lastLines(kubeletLog(plan.cluster))}`);
    }
}

/** Waits for the node, then for the cluster's DNS, without which no pod finds a service. */
async function waitUntilReady(plan: NodePlan, node: RunningNode, report: Report): Promise<void> {
    report("waiting for the node to be ready");
    await kubectl(plan, node, ["wait", "--for=condition=Ready", `node/${plan.cluster}`]);
    report("waiting for CoreDNS");
    await kubectl(plan, node, ["--namespace=kube-system", "rollout", "status", "deployment/coredns"]);
}

/** Runs a kubectl command that waits for something. */
async function kubectl(plan: NodePlan, node: RunningNode, args: readonly string[]): Promise<void> {
    const all = ["--kubeconfig", adminConfPath(node), ...args, `--timeout=${limits.ready}s`];
    const result = await tryRun(...endsWithCaller([path.join(binDir, "kubectl"), ...all]));
    if (result.code !== 0) {
        const why = failure(["kubectl", ...args], result);
        throw new LabError(`${plan.cluster}: ${why}\n${lastLines(kubeletLog(plan.cluster))}`);
    }
}

/** kubeadm's kubeconfig, as seen from the machine. */
function adminConfPath(node: RunningNode): string {
    return `/proc/${node.pid}/root/etc/kubernetes/admin.conf`;
}

interface Kubeconfig {
    clusters: { name: string; cluster: unknown }[];
    users: { name: string; user: unknown }[];
    contexts: { name: string; context: { cluster: string; user: string } }[];
    "current-context": string;
}

function writeKubeconfig(plan: NodePlan, node: RunningNode): void {
    const text = renameKubeconfig(fs.readFileSync(adminConfPath(node), "utf8"), plan.cluster);
    const file = kubeconfigPath(plan.cluster);
    // In one step: who sees the file sees all of it.
    fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
}

/** kubeadm's kubeconfig with the cluster's name for its only context, cluster and user. */
export function renameKubeconfig(text: string, name: string): string {
    const config = parse(text) as Kubeconfig;
    return stringify({
        ...config,
        clusters: config.clusters.map((entry) => ({ ...entry, name })),
        users: config.users.map((entry) => ({ ...entry, name })),
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
    });
}

/** The end of a log file, as a part of an error message. */
function lastLines(file: string): string {
    const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-12) : [];
    return `The end of ${file}:${lines.map((line) => `\n    ${line}`).join("")}`;
}
