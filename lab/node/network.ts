import * as fs from "node:fs";
import { run, tryRun } from "../exec";
import { bridge, type NodePlan, objectPrefix } from "./plan";

/** Makes the bridge of all nodes, where it is not there yet. */
export async function makeBridge(): Promise<void> {
    if (!labLinks().includes(bridge.name)) {
        await run("ip", ["link", "add", bridge.name, "address", bridge.mac, "type", "bridge"]);
    }
    await run("ip", ["address", "replace", `${bridge.address}/${bridge.prefixLength}`, "dev", bridge.name]);
    await run("ip", ["link", "set", bridge.name, "up"]);
}

/** Connects a node to the bridge: its end of the cable is named eth0, and is given its address by the node. */
export async function connectNode(plan: NodePlan, pid: number): Promise<void> {
    const nodeEnd = ["name", "eth0", "address", plan.mac, "netns", String(pid)];
    await run("ip", ["link", "add", plan.veth, "type", "veth", "peer", ...nodeEnd]);
    await run("ip", ["link", "set", plan.veth, "master", bridge.name, "up"]);
}

/** Names of the lab's network devices in the machine's own network namespace. */
export function labLinks(): string[] {
    return fs.readdirSync("/sys/class/net").filter((name) => name.startsWith(objectPrefix));
}

/** Removes one of the lab's network devices. A node's cable goes with the node: it may be gone already. */
export async function removeLink(name: string): Promise<void> {
    await tryRun("ip", ["link", "delete", name]);
}
