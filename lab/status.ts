import * as fs from "node:fs";
import * as path from "node:path";
import Table from "cli-table3";
import { hasCommandStandIn } from "./build/pulumi";
import { clusterState, type ClusterState } from "./node/state";
import { maxClusters, nodePlans } from "./node/plan";
import { runningNodes } from "./node/process";
import { clusterDir, kubeconfigPath, labDir, pulumiHomeLink } from "./paths";
import { versions } from "./versions";

/** What `lab status --json` prints. */
export interface LabStatus {
    /** Folder of this checkout's lab. */
    readonly labDir: string;
    readonly kubernetesVersion: string;
    readonly clusters: readonly ClusterStatus[];
    /** Folders of another checkout's clusters that run on this machine. */
    readonly foreignClusters: readonly string[];
    /** Whether Pulumi's command plugin is the lab's stand-in. */
    readonly commandPluginIsStandIn: boolean;
}

/** One cluster in `lab status --json`. */
export interface ClusterStatus {
    readonly name: string;
    readonly state: ClusterState;
    /** Path; absent until the cluster was made to the end. */
    readonly kubeconfig?: string;
    readonly nodeAddress: string;
    readonly podRange: string;
    readonly serviceRange: string;
    /** Id of the node's first process. `nsenter --target PID --net --mount --pid` enters the node. */
    readonly pid?: number;
}

/** How long a cluster may take to answer, seconds. */
const patience = 5;

/** Prints what there is of the lab, as a table or as JSON. */
export async function labStatus({ json }: { json: boolean }): Promise<void> {
    const status = await readStatus();
    if (json) {
        console.log(JSON.stringify(status, undefined, 2));
        return;
    }
    for (const dir of status.foreignClusters) {
        console.log(`Another checkout's cluster runs on this machine: ${dir}`);
    }
    if (status.clusters.length === 0) {
        console.log('This checkout has no lab clusters. "npm run lab -- up" makes two.');
    } else {
        console.log(table(status));
    }
    console.log(`Kubernetes ${status.kubernetesVersion}, Istio ${versions.istio}, Envoy ${versions.envoy}.`);
    if (status.commandPluginIsStandIn) {
        console.log("Pulumi's command plugin is a stand-in for the resources that this project uses.");
    }
}

async function readStatus(): Promise<LabStatus> {
    const running = runningNodes();
    const clusters = await Promise.all(
        nodePlans(maxClusters).map(async (plan): Promise<ClusterStatus> => {
            const kubeconfig = kubeconfigPath(plan.cluster);
            const node = running.find(({ dir }) => dir === clusterDir(plan.cluster));
            return {
                name: plan.cluster,
                state: await clusterState(plan.cluster, patience),
                ...(fs.existsSync(kubeconfig) && { kubeconfig }),
                nodeAddress: plan.address,
                podRange: plan.podRange,
                serviceRange: plan.serviceRange,
                ...(node !== undefined && { pid: node.pid }),
            };
        }),
    );
    return {
        labDir,
        kubernetesVersion: versions.kubernetes,
        clusters: clusters.filter(({ state }) => state !== "absent"),
        foreignClusters: running
            .filter(({ cluster, dir }) => dir !== clusterDir(cluster))
            .map(({ dir }) => dir),
        commandPluginIsStandIn:
            fs.existsSync(pulumiHomeLink) && hasCommandStandIn(fs.realpathSync(pulumiHomeLink)),
    };
}

function table({ clusters }: LabStatus): string {
    const rows = new Table({
        head: ["cluster", "state", "node", "pods", "services", "process", "kubeconfig"],
        style: { head: [], border: [] },
    });
    for (const cluster of clusters) {
        rows.push([
            cluster.name,
            cluster.state,
            cluster.nodeAddress,
            cluster.podRange,
            cluster.serviceRange,
            cluster.pid ?? "-",
            cluster.kubeconfig === undefined ? "-" : path.relative(process.cwd(), cluster.kubeconfig),
        ]);
    }
    return rows.toString();
}
