import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Listr, PRESET_TIMER } from "listr2";
import { withLock } from "./build/lock";
import { LabError } from "./exec";
import { createNode, nodeVersion, versionFile } from "./node/create";
import { imageStorePath, prepareImageStore } from "./node/imageStore";
import { makeBridge } from "./node/network";
import { labLock, maxClusters, type NodePlan, nodePlans } from "./node/plan";
import { problemsOfMachine } from "./node/preflight";
import { runningNodes } from "./node/process";
import { removeNode } from "./node/remove";
import { clusterState } from "./node/state";
import { clusterDir, kubeconfigPath } from "./paths";

/** How many clusters there are to be. */
export interface LabSize {
    /** 1 to 9. Clusters beyond that number that run already stay. */
    clusters: number;
}

/** How long a cluster that runs may take to answer before it is made again, seconds: the machine may be busy. */
const patience = 60;
/** How long the steps that run may take to end after an interrupt, seconds. */
const interruptedSeconds = 5;

/**
 * Refuses what can't work, before anything is made or built.
 *
 * @throws LabError when the machine can't run the clusters that are not there yet, or another checkout's lab runs
 */
export async function checkMachine({ clusters }: LabSize): Promise<void> {
    if (!Number.isInteger(clusters) || clusters < 1 || clusters > maxClusters) {
        throw new LabError(`The lab has 1 to ${maxClusters} clusters, not ${clusters}.`);
    }
    refuseForeignLab();
    const running = runningNodes().map(({ cluster }) => cluster);
    const missing = nodePlans(clusters).filter(({ cluster }) => !running.includes(cluster));
    const problems = await problemsOfMachine(missing.length);
    if (problems.length > 0) {
        throw new LabError(problems.join("\n"));
    }
}

/**
 * Makes the clusters that are not there yet, and makes those again that are not whole. Needs what `build` makes.
 *
 * @throws LabError as `checkMachine` does, and when a cluster can't be made: then with the log file that says why
 */
export async function labUp(size: LabSize): Promise<void> {
    await checkMachine(size);
    const waiting = () => {
        console.error("Another lab command is running on this machine; waiting for it to end.");
    };
    await withLock(labLock, waiting, async () => {
        await checkMachine(size);
        const plans = nodePlans(size.clusters);
        const missing = await missingClusters(plans);
        if (missing.length === 0) {
            console.log(`Nothing to do: ${names(plans)} ${plans.length === 1 ? "is" : "are"} running.`);
        } else {
            await make(missing);
        }
        for (const { cluster } of plans) {
            console.log(`${cluster}: kubeconfig ${path.relative(process.cwd(), kubeconfigPath(cluster))}`);
        }
        warnOfOldClusters(plans.filter((plan) => !missing.includes(plan)));
    });
}

/** The clusters that have to be made. Says so of those that were there before. */
async function missingClusters(plans: readonly NodePlan[]): Promise<NodePlan[]> {
    const states = await Promise.all(plans.map(({ cluster }) => clusterState(cluster, patience)));
    return plans.filter(({ cluster }, index) => {
        const state = states[index];
        if (state !== "ready" && state !== "absent") {
            console.log(`${cluster} is ${state}: it is removed and made again.`);
        }
        return state !== "ready";
    });
}

async function make(missing: readonly NodePlan[]): Promise<void> {
    let imageStore = "";
    const failures: unknown[] = [];
    const stop = new AbortController();
    let interrupted: Promise<void> | undefined;
    const once = async (work: () => Promise<void>): Promise<void> => {
        try {
            await work();
        } catch (error) {
            // The list shows one line; the whole message comes after it, once.
            failures.push(error);
            throw new Error("see below");
        }
    };
    const list = new Listr(
        [
            {
                title: "Unpack the images",
                task: () =>
                    once(async () => {
                        imageStore = await prepareImageStore();
                    }),
            },
            { title: "Network", task: () => once(makeBridge) },
            {
                title: "Clusters",
                task: (_, parent) =>
                    parent.newListr(
                        missing.map((plan) => ({
                            title: plan.cluster,
                            task: (__, task) =>
                                once(async () => {
                                    await removeNode(plan.cluster, clusterDir(plan.cluster));
                                    await createNode(plan, imageStore, (step) => {
                                        stop.signal.throwIfAborted();
                                        task.output = step;
                                    });
                                }),
                        })),
                        // One that fails does not stop the others: the next `lab up` then has less to do.
                        { concurrent: true, exitOnError: false },
                    ),
            },
        ],
        {
            registerSignalListeners: false,
            rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
            fallbackRendererOptions: { timer: PRESET_TIMER },
        },
    );
    const finished = list.run().catch((error: unknown) => {
        failures.push(...(failures.length === 0 ? [error] : []));
    });
    const stopListening = onSignal((signal) => {
        console.error(`\n${signal}: removing ${names(missing)}.`);
        stop.abort();
        interrupted = removeAndExit(missing, finished);
    });
    await finished;
    await interrupted;
    stopListening();
    if (failures.length > 0) {
        throw new LabError(
            failures.map((error) => (error instanceof Error ? error.message : String(error))).join("\n"),
        );
    }
}

/**
 * Takes away what is half made. With the processes gone, what still waits for them ends by itself; what it made in the
 * meantime is removed after it.
 */
async function removeAndExit(plans: readonly NodePlan[], finished: Promise<unknown>): Promise<void> {
    const remove = () =>
        Promise.allSettled(plans.map(({ cluster }) => removeNode(cluster, clusterDir(cluster))));
    await remove();
    await Promise.race([finished, sleep(interruptedSeconds * 1000)]);
    await remove();
    process.exit(130);
}

/** Calls `handle` at the first of the signals that end a program, until the returned function is called. */
function onSignal(handle: (signal: NodeJS.Signals) => void): () => void {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const stopListening = () => {
        signals.forEach((signal) => process.removeListener(signal, once));
    };
    const once = (signal: NodeJS.Signals) => {
        stopListening();
        handle(signal);
    };
    signals.forEach((signal) => process.on(signal, once));
    return stopListening;
}

function refuseForeignLab(): void {
    const foreign = runningNodes().filter(({ cluster, dir }) => dir !== clusterDir(cluster));
    const [first] = foreign;
    if (first !== undefined) {
        throw new LabError(
            `Another checkout's lab runs on this machine (${names(foreign)} in ${path.dirname(first.dir)}), and there can be only one. ` +
                'Use that one, or end it with "npm run lab -- down", there or here.',
        );
    }
}

/** A cluster that runs is never made again only because the lab's settings or images are newer now. */
function warnOfOldClusters(plans: readonly NodePlan[]): void {
    const store = imageStorePath();
    const old = plans.filter((plan) => {
        const file = versionFile(plan.cluster);
        return fs.existsSync(file) && fs.readFileSync(file, "utf8") !== nodeVersion(plan, store);
    });
    if (old.length > 0) {
        console.log(
            `${names(old)} ${old.length === 1 ? "was" : "were"} made with other settings or images than those of this checkout now. ` +
                'To renew: "npm run lab -- down", then "npm run lab -- up".',
        );
    }
}

function names(clusters: readonly { cluster: string }[]): string {
    return clusters.map(({ cluster }) => cluster).join(", ");
}
