import { run } from "../../lab/exec";
import { nodePlan } from "../../lab/node/plan";
import { enter, runningNode } from "../../lab/node/process";
import { type Cluster } from "./labMesh";
import { onCluster } from "./cluster";

/** How often a kubelet says that its node lives, of the 40 seconds after which it would count as gone. */
const heartbeatMs = 10_000;

const timers = new Map<Cluster, NodeJS.Timeout>();

/**
 * Gives a cluster of the lab a second node that serves node ports. It is a stand-in: the lab's clusters have one machine
 * each, so this is another Node object without a kubelet, whose address is a second one of that machine.
 */
export async function addNode(cluster: Cluster): Promise<void> {
    const { name, address } = secondNode(cluster);
    await onMachine(cluster, ["ip", "addr", "add", `${address}/24`, "dev", "eth0"]);
    await apply(cluster, { apiVersion: "v1", kind: "Node", metadata: { name } });
    await beat(cluster);
    const status = {
        conditions: [
            {
                type: "Ready",
                status: "True",
                reason: "StandIn",
                message: "a second address of the lab's node",
            },
        ],
        addresses: [{ type: "InternalIP", address }],
    };
    const patch = JSON.stringify({ status });
    await onCluster(cluster, ["patch", "node", name, "--subresource=status", "--type=merge", "-p", patch]);
    const timer = setInterval(() => void beat(cluster).catch(() => undefined), heartbeatMs);
    timers.set(cluster, timer.unref());
}

/** Takes the second node away again; none is fine. */
export async function removeNode(cluster: Cluster): Promise<void> {
    const { name, address } = secondNode(cluster);
    clearInterval(timers.get(cluster));
    if (!timers.delete(cluster)) return;
    await onCluster(cluster, ["delete", "node", name, "--ignore-not-found"]);
    await onCluster(cluster, ["delete", "lease", name, "-n", "kube-node-lease", "--ignore-not-found"]);
    await onMachine(cluster, ["ip", "addr", "del", `${address}/24`, "dev", "eth0"]);
}

function secondNode(cluster: Cluster): { name: string; address: string } {
    const { number } = nodePlan(Number(cluster.slice(-1)));
    return { name: `${cluster}-second`, address: `172.30.0.5${number}` };
}

/** Does what a kubelet does every few seconds. */
async function beat(cluster: Cluster): Promise<void> {
    const { name } = secondNode(cluster);
    const renewTime = new Date().toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
    const metadata = { name, namespace: "kube-node-lease" };
    await apply(cluster, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
}

async function apply(cluster: Cluster, object: unknown): Promise<void> {
    await onCluster(cluster, ["apply", "--server-side", "-f", "-"], { input: JSON.stringify(object) });
}

/** Runs a command on the machine of a cluster of the lab: in its network, with its processes. */
export async function onMachine(cluster: Cluster, command: readonly string[]): Promise<void> {
    const node = runningNode(cluster);
    if (node === undefined) throw new Error(`The lab's ${cluster} does not run.`);
    const [file = "", ...args] = [...enter(node), ...command];
    await run(file, args);
}
