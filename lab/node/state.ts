import * as fs from "node:fs";
import * as path from "node:path";
import { tryRun } from "../exec";
import { binDir, clusterDir, kubeconfigPath } from "../paths";
import { poll } from "./poll";
import { runningNode } from "./process";

/**
 * State of one of this checkout's clusters:
 * - `ready`: it runs, and its API server says that it is ready;
 * - `absent`: there is nothing of it;
 * - `half made`: whoever made it did not come to the end;
 * - `stopped`: it was made but does not run, as after a restart of the machine;
 * - `silent`: it runs but does not answer.
 */
export type ClusterState = "ready" | "absent" | "half made" | "stopped" | "silent";

/** @param patience how long a cluster that runs may take to answer, seconds */
export async function clusterState(cluster: string, patience: number): Promise<ClusterState> {
    const runs = runningNode(cluster)?.dir === clusterDir(cluster);
    const finished = fs.existsSync(kubeconfigPath(cluster));
    if (!finished) {
        return runs || fs.existsSync(clusterDir(cluster)) ? "half made" : "absent";
    }
    if (!runs) {
        return "stopped";
    }
    const answered = await poll(patience, 1000, async () => {
        return (await answers(cluster, patience)) ? true : undefined;
    });
    return answered === true ? "ready" : "silent";
}

async function answers(cluster: string, patience: number): Promise<boolean> {
    const args = ["--kubeconfig", kubeconfigPath(cluster), "get", "--raw", "/readyz"];
    const result = await tryRun(path.join(binDir, "kubectl"), args, { timeoutMs: patience * 1000 });
    return result.code === 0;
}
