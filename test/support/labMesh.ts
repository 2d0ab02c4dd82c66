import assert from "node:assert/strict";
import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { kubeconfigPath } from "../../lab/paths";
import { nodePlan } from "../../lab/node/plan";
import { editCorefile, type Inventory, inPod, inventory, onCluster, readCorefile } from "./cluster";
import { type Ended, TemporaryProject } from "./engine";
import { committedSettings, type Settings } from "./program";

/** Name of one of the lab's clusters. */
export type Cluster = "cluster1" | "cluster2" | "cluster3" | "cluster4";

/** Settings by stack, without the project's prefix. Undefined removes a key. */
export type Changes = Readonly<Partial<Record<Cluster | "ca", Settings>>>;

/** What was tried on the mesh, what was expected of it, and what was seen. */
interface Row {
    readonly tried: string;
    readonly expected: string;
    readonly seen: string;
}

/** The sample client, which runs in every cluster of the mesh. */
export const sleep = { namespace: "foo", name: "sleep" };

/** Namespace of the sample server of each cluster; its mesh-wide host is `httpbin.NAMESPACE.global`. */
export const serverNamespaces = { cluster1: "bar1", cluster2: "bar", cluster3: "bar3", cluster4: "bar4" };

/** The mesh-wide host of a cluster's sample server. */
export function serverOf(cluster: Cluster): string {
    return `httpbin.${serverNamespaces[cluster]}.global`;
}

/**
 * The settings with which a cluster runs the sample client and exports the sample server.
 *
 * @param from clusters whose sample servers it imports
 */
export function baseSettings(cluster: Cluster, from: readonly Cluster[]): Settings {
    const namespace = serverNamespaces[cluster];
    const number = Number(cluster.slice(-1));
    const { podRange, serviceRange } = nodePlan(number);
    const committed = committedSettings("cluster2");
    const [exported] = committed["exports"] as readonly Settings[];
    return {
        ...committed,
        cluster: {
            kubeconfig: `.lab/${cluster}/kubeconfig`,
            context: cluster,
            ranges: [podRange, serviceRange, "172.30.0.0/24"],
        },
        sampleApps: {
            sleep: { image: "lab.local/sleep:lab" },
            httpbin: { namespace, image: "lab.local/httpbin:lab" },
        },
        exports: [
            { ...exported, namespace, virtualAddress: `240.0.${cluster === "cluster2" ? 0 : number}.2` },
        ],
        imports: from.map((peer) => ({ service: "httpbin", namespace: serverNamespaces[peer], from: peer })),
    };
}

/**
 * A mesh of several clusters of the lab, each of which imports the next one's server, the last one the first's. What is
 * tried on it goes into a table.
 */
export class LabMesh {
    readonly project = new TemporaryProject();
    readonly clusters: readonly Cluster[];
    private base: Readonly<Record<string, Settings>>;
    private readonly rows: Row[] = [];
    private readonly recorded = new Map<Cluster, Inventory>();

    constructor(clusters: readonly Cluster[]) {
        this.clusters = clusters;
        const next = (index: number) => clusters[(index + 1) % clusters.length] ?? "cluster1";
        this.base = {
            ca: { ca: { ...(committedSettings("ca")["ca"] as Settings), clusters } },
            ...Object.fromEntries(
                clusters.map((cluster, index) => [cluster, baseSettings(cluster, [next(index)])]),
            ),
        };
        this.configure();
    }

    /** Records what the clusters hold, which must not be a mesh. */
    async record(): Promise<void> {
        for (const cluster of this.clusters) {
            assert.ok(
                fs.existsSync(kubeconfigPath(cluster)),
                `The lab's ${cluster} is not up. Run: npm run lab -- up --clusters ${this.clusters.length}`,
            );
            const before = await inventory(cluster);
            assert.ok(
                !before.objects.includes("Namespace /istio-system"),
                `${cluster} is in a mesh already, and these tests need it bare. Run: npm run mesh -- destroy`,
            );
            this.recorded.set(cluster, before);
        }
    }

    /** A stack's settings before any change. */
    settings(stack: Cluster | "ca"): Settings {
        return this.base[stack] ?? {};
    }

    /** Writes every stack file: its settings before any change, with these over them key by key. */
    configure(changes: Changes = {}): void {
        for (const [stack, settings] of Object.entries(this.base)) {
            const merged = { ...settings, ...changes[stack as Cluster] };
            this.project.configure(
                stack,
                Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)),
            );
        }
    }

    /** Makes changes part of every later {@link configure}, and writes every stack file. */
    keep(changes: Changes): void {
        const stacks = Object.entries(this.base).map(([stack, settings]) => [
            stack,
            { ...settings, ...changes[stack as Cluster] },
        ]);
        this.base = Object.fromEntries(stacks) as Readonly<Record<string, Settings>>;
        this.configure();
    }

    /** Runs `mesh up`, which has to succeed. */
    async up(args: readonly string[] = []): Promise<Ended> {
        return succeeded(await this.project.mesh(["up", ...args], { limitSeconds: 240 }));
    }

    /**
     * HTTP status of a call from a cluster's sleep pod, `000` for no answer. Calls again, once a second, until the status
     * is the expected one or the time is over: configuration takes a moment to reach the proxies.
     */
    async call(cluster: Cluster, url: string, expected = "200", seconds = 20): Promise<string> {
        const command = `curl -s -o /dev/null -m 5 -w '%{http_code}' ${url} || true`;
        const end = Date.now() + seconds * 1000;
        for (;;) {
            const seen = (await inPod(cluster, sleep, command)).trim();
            if (seen === expected || Date.now() >= end) return seen;
            await pause(1000);
        }
    }

    /** Adds a row to the table, and fails when what was seen is not what was expected. */
    check(tried: string, expected: string, seen: string): void {
        this.rows.push({ tried, expected, seen });
        assert.equal(seen, expected, tried);
    }

    /** The rows so far, as a table for people. */
    table(): string {
        const table = new CliTable({ head: ["Tried", "Expected", "Seen"], style: { head: [], border: [] } });
        for (const { tried, expected, seen } of this.rows) table.push([tried, expected, seen]);
        return table.toString();
    }

    /** Destroys the mesh, puts back each Corefile that it has not put back itself, and removes the project. */
    async remove(): Promise<void> {
        const left = await this.project.mesh(["destroy"], { limitSeconds: 240 });
        if (left.code !== 0) console.error(left.text);
        for (const [cluster, { corefile }] of this.recorded) {
            if ((await readCorefile(cluster)) !== corefile) await editCorefile(cluster, () => corefile);
        }
        this.project.remove();
    }
}

/**
 * A command's end, which has to be a success.
 *
 * @param codes what counts as one; 0 alone by default
 */
export function succeeded(ended: Ended, codes: readonly number[] = [0]): Ended {
    assert.ok(codes.includes(ended.code), `exit code ${ended.code}: ${ended.text.slice(-5000)}`);
    return ended;
}

/** Waits until all pods of a Deployment are as its specification wants them. */
export async function rolledOut(cluster: Cluster, namespace: string, deployment: string): Promise<void> {
    await onCluster(
        cluster,
        ["rollout", "status", `deployment/${deployment}`, "-n", namespace, "--timeout=90s"],
        { timeoutSeconds: 100 },
    );
}

/**
 * Makes a change that gives a Deployment other pods, and waits until they run and those of before are gone.
 *
 * @param change arguments of kubectl, without the Deployment and its namespace
 */
export async function replacePods(
    cluster: Cluster,
    namespace: string,
    deployment: string,
    change: readonly string[],
): Promise<void> {
    const pods = await onCluster(cluster, ["get", "pods", "-n", namespace, "-o", "name"]);
    const old = pods.split("\n").filter((name) => name.startsWith(`pod/${deployment}-`));
    await onCluster(cluster, [...change, "-n", namespace]);
    await rolledOut(cluster, namespace, deployment);
    await onCluster(cluster, ["wait", ...old, "-n", namespace, "--for=delete", "--timeout=90s"], {
        timeoutSeconds: 100,
    });
}

/** Scales a Deployment and waits until it is done, its old pods gone included. */
export async function scale(
    cluster: Cluster,
    namespace: string,
    deployment: string,
    replicas: number,
): Promise<void> {
    await onCluster(cluster, [
        "scale",
        `deployment/${deployment}`,
        "-n",
        namespace,
        `--replicas=${replicas}`,
    ]);
    await rolledOut(cluster, namespace, deployment);
    if (replicas > 0) return;
    await onCluster(
        cluster,
        ["wait", "pod", "-n", namespace, "-l", `app=${deployment}`, "--for=delete", "--timeout=60s"],
        { timeoutSeconds: 70 },
    );
}
