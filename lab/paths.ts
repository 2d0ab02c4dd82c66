import * as os from "node:os";
import * as path from "node:path";

/** Root folder of this checkout. */
export const checkoutDir = path.resolve(__dirname, "..");

/** What belongs to this checkout's lab alone: kubeconfigs, links to the tools in use, Pulumi state. Git-ignored. */
export const labDir = path.join(checkoutDir, ".lab");

/** Links to the tools in use: kubectl, kubeadm, kubelet, pulumi and what they start. Made by `lab build`. */
export const binDir = path.join(labDir, "bin");

/** Link to the folder with Istio's charts: base, istio-control/istio-discovery, gateway. Made by `lab build`. */
export const chartsLink = path.join(labDir, "charts");

/**
 * Link to the docker-archive with every image of the lab. Made by `lab build`. What it points at never changes: other
 * images are another file, so `fs.realpathSync(imagesLink)` names the content.
 */
export const imagesLink = path.join(labDir, "images.tar");

/** Link to the Pulumi home that the lab made. Made by `lab build`; absent where the user's own Pulumi is used. */
export const pulumiHomeLink = path.join(labDir, "pulumi-home");

/** The local Pulumi backend. Made by `lab env`, removed by `lab down`, since it describes clusters that are gone then. */
export const pulumiStateDir = path.join(labDir, "pulumi");

/** Folder of one cluster's own state. */
export function clusterDir(cluster: string): string {
    return path.join(labDir, cluster);
}

/** Admin kubeconfig of one cluster; its only context has the cluster's name. */
export function kubeconfigPath(cluster: string): string {
    return path.join(clusterDir(cluster), "kubeconfig");
}

/** Folder with one Go module for each tool that the lab builds: go.mod and go.sum pin everything. */
export const toolchainDir = path.join(__dirname, "toolchain");

/** The user's cache folder of this project, shared by all checkouts. Nothing in it is state: it may be deleted. */
export const cacheDir = path.join(
    process.env["XDG_CACHE_HOME"] || path.join(os.homedir(), ".cache"),
    "istio-multicluster",
);

/** Built tools: NAME/VERSION-HASH/... */
export const toolsDir = path.join(cacheDir, "tools");

/** Image archives: HASH.tar */
export const imagesDir = path.join(cacheDir, "images");

/** Output of the last build of each tool: NAME.log */
export const logsDir = path.join(cacheDir, "logs");
