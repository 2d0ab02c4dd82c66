import { nodePlan } from "../../lab/node/plan";
import type { Cluster } from "./labMesh";
import { proxyProcesses } from "./podProcess";
import { onMachine } from "./secondNode";

/** What can be the matter with the way from one cluster to another. */
export const faults = {
    both: "the link cut both ways",
    answers: "the link cut one way: no packet comes back",
    hangs: "the gateway's process stopped (SIGSTOP)",
    loss: "5 % of the packets lost, each way",
    slow: "the gateway slow: stopped for 150 of every 200 ms",
} as const;

export type Fault = keyof typeof faults;

/** Name of the table of the exporting node's firewall that a fault stands in: with it the fault goes. */
const table = ["inet", "cut"] as const;

/**
 * Brings a fault about.
 *
 * @returns what mends it; also done where the fault is only half there
 */
export async function breakWay(fault: Fault, from: Cluster, to: Cluster): Promise<() => Promise<void>> {
    const chance = fault === "loss" ? ["numgen", "random", "mod", "100", "<", "5"] : [];
    const { address } = nodePlan(Number(from.slice(-1)));
    if (fault === "hangs" || fault === "slow") return stopGateway(to, fault === "slow");
    const nft = (...words: readonly string[]) => onMachine(to, ["nft", ...words]);
    const mend = () => nft("delete", "table", ...table);
    await nft("add", "table", ...table);
    try {
        await nft("add", "chain", ...table, "out", "{ type filter hook postrouting priority 300; }");
        await nft("add", "chain", ...table, "in", "{ type filter hook prerouting priority -300; }");
        await nft("add", "rule", ...table, "out", "ip", "daddr", address, ...chance, "drop");
        if (fault !== "answers")
            await nft("add", "rule", ...table, "in", "ip", "saddr", address, ...chance, "drop");
    } catch (error) {
        await mend();
        throw error;
    }
    return mend;
}

/** Stops the gateway's proxy: for good, or again and again for a moment. */
async function stopGateway(cluster: Cluster, isAgainAndAgain: boolean): Promise<() => Promise<void>> {
    const pods = { namespace: "istio-system", label: "app=istio-eastwestgateway" };
    const pids = await proxyProcesses(cluster, pods, "envoy");
    if (pids.length === 0) throw new Error(`${cluster} has no gateway.`);
    const send = (signal: NodeJS.Signals) => {
        for (const pid of pids) process.kill(pid, signal);
    };
    send("SIGSTOP");
    const timers: NodeJS.Timeout[] = [];
    if (isAgainAndAgain) {
        timers.push(
            setInterval(() => {
                send("SIGSTOP");
                timers[1] = setTimeout(() => {
                    send("SIGCONT");
                }, 150);
            }, 200),
        );
    }
    return () => {
        for (const timer of timers) clearTimeout(timer);
        send("SIGCONT");
        return Promise.resolve();
    };
}
