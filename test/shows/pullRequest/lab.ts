import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { labPassphrase } from "../../../lab/env";
import { bridge } from "../../../lab/node/plan";
import { checkoutDir, kubeconfigPath } from "../../../lab/paths";
import { inventory } from "../../support/cluster";
import { runCommand } from "../../support/engine";
import { baseSettings, type Cluster, LabMesh } from "../../support/labMesh";
import type { Settings } from "../../support/program";
import { onMachine } from "../../support/secondNode";
import { allOn } from "./event";
import { Hub, type PullRequest } from "./hub";
import { environment } from "./repository";
import type { Ran } from "./runner";

/** A mesh of the lab whose files are in a repository, and a table of what was done there. */
export class ReviewedMesh {
    readonly hub = new Hub();
    readonly lab: LabMesh;
    /** What the clusters held before. */
    bare: readonly string[] = [];
    private readonly began = Date.now();

    constructor(private readonly clusters: readonly Cluster[]) {
        this.lab = new LabMesh(clusters);
    }

    /** Brings the mesh up as its operator does, by hand, and commits what Pulumi adds to the files. */
    async begin(settings: Readonly<Partial<Record<Cluster, Settings>>>): Promise<void> {
        await this.lab.record();
        this.bare = await objectsIn(this.clusters);
        await this.hub.start();
        const kubeconfig = await mergedKubeconfig(this.clusters);
        const secrets = { PULUMI_CONFIG_PASSPHRASE: labPassphrase, KUBECONFIG_CONTENT: kubeconfig };
        const signing = { ...secrets, REVIEW_KEY: randomBytes(32).toString("hex") };
        this.hub.variables = allOn;
        this.hub.environments = {
            preview: { reviewers: [], secrets: signing },
            up: { reviewers: ["lead"], secrets: signing },
            destroy: { reviewers: ["lead"], secrets },
        };
        const ca = { ca: { clusters: this.clusters, protectRoot: false } };
        const all = this.clusters.map((name) => [name, { ...plain(name), ...settings[name] }]);
        this.hub.repository.found({ ca, ...(Object.fromEntries(all) as Record<string, Settings>) });
        await this.byHand(["up"]);
        this.hub.repository.push("What Pulumi has added");
    }

    /** Runs `mesh` in the operator's own clone. */
    async byHand(args: readonly string[]): Promise<void> {
        const { env } = this.lab.project;
        const ended = await runCommand("node", ["load.js", "cli/main.ts", "--env", environment, ...args], {
            cwd: this.hub.repository.clone,
            env: {
                ...env,
                PULUMI_BACKEND_URL: undefined,
                KUBECONFIG: this.clusters.map(kubeconfigPath).join(":"),
            },
            limitSeconds: 300,
        });
        assert.equal(ended.code, 0, ended.text.slice(-5000));
    }

    end(): void {
        console.log(this.lab.table());
        this.lab.project.remove();
        this.hub.stop();
    }

    /** Adds an entry to a list of a stack's settings in the clone. */
    add(stack: Cluster, key: "exports" | "imports", entry: Settings, where: "first" | "last" = "last"): void {
        const { [key]: entries = [] } = this.hub.repository.read(stack) as { [key]?: readonly Settings[] };
        const all = where === "first" ? [entry, ...entries] : [...entries, entry];
        this.hub.repository.write(stack, { [key]: all });
    }

    /** Opens a pull request that exports a service from cluster2 and imports it into cluster1. */
    share(number: number, service: string, where: "first" | "last" = "last"): PullRequest {
        return this.hub.propose(number, () => {
            this.add("cluster2", "exports", exported(service), where);
            this.add("cluster1", "imports", imported(service, "cluster2"), where);
        });
    }

    /** Adds a row on how a job ended, with what it is expected to have said; shows its log where that is otherwise. */
    job(what: string, expected: string, ran: Ran, seen: string = ran.conclusion): void {
        if (seen !== expected) console.log(`${ran.log}\n${ran.summary}`);
        console.log(`${this.minutes()} ${what}: ${seen} (${ran.seconds.toFixed(0)} s)`);
        this.lab.check(`${what} (${ran.seconds.toFixed(0)} s)`, expected, seen);
    }

    /** Calls the server of a host from a cluster's client. */
    async call(from: Cluster, host: string, expected = "200", seconds = 20): Promise<string> {
        return this.lab.call(from, `http://${host}:8000/status/200`, expected, seconds);
    }

    /** Whether calls fail; they may pass for a moment longer. */
    async fails(from: Cluster, host: string): Promise<string> {
        return (await this.call(from, host, "503")) === "200" ? "200" : "no answer of it";
    }

    /** Minutes since the show began. */
    minutes(): string {
        return `${((Date.now() - this.began) / 60_000).toFixed(1)} min`;
    }
}

/** `CLUSTER KIND NAMESPACE/NAME` of each object of some clusters, but for names that are made up anew each time. */
export async function objectsIn(clusters: readonly Cluster[]): Promise<readonly string[]> {
    const all = await Promise.all(
        clusters.map(async (name) => (await inventory(name)).objects.map((line) => `${name} ${line}`)),
    );
    return all.flat().map((line) => line.replace(/(EndpointSlice .*)-[a-z0-9]{5}$/, "$1"));
}

/** Settings of a lab's cluster for files that are somewhere else, with the kubeconfig that the environment names. */
function plain(cluster: Cluster): Settings {
    const text = JSON.stringify(baseSettings(cluster, [])).replaceAll('".lab/', `"${checkoutDir}/.lab/`);
    const settings = JSON.parse(text) as Settings & { readonly cluster: Settings };
    const place = Object.entries(settings.cluster).filter(([key]) => key !== "kubeconfig");
    return { ...settings, cluster: Object.fromEntries(place) };
}

/** One kubeconfig for all clusters, with its keys in it. */
async function mergedKubeconfig(clusters: readonly Cluster[]): Promise<string> {
    const { stdout, code } = await runCommand("kubectl", ["config", "view", "--flatten", "--raw"], {
        env: { KUBECONFIG: clusters.map(kubeconfigPath).join(":") },
    });
    assert.equal(code, 0);
    return stdout;
}

/** Name of the table of a node's firewall that cuts it off. */
const table = ["inet", "off"] as const;

/**
 * Cuts a cluster's node off, and returns what connects it again.
 *
 * @param what `all` as if it had no power: no packet comes or goes; `api` refuses the machine that the commands run on
 */
export async function cutOff(cluster: Cluster, what: "all" | "api"): Promise<() => Promise<void>> {
    const nft = (...words: readonly string[]) => onMachine(cluster, ["nft", ...words]);
    await nft("add", "table", ...table);
    const hook = what === "all" ? "prerouting priority -300" : "input priority 0";
    await nft("add", "chain", ...table, "in", `{ type filter hook ${hook}; }`);
    if (what === "all") {
        await nft("add", "chain", ...table, "out", "{ type filter hook postrouting priority 300; }");
        await nft("add", "rule", ...table, "in", "iifname", "eth0", "drop");
        await nft("add", "rule", ...table, "out", "oifname", "eth0", "drop");
    } else {
        const machine = ["ip", "saddr", bridge.address, "tcp", "dport", "6443"];
        await nft("add", "rule", ...table, "in", ...machine, "reject", "with", "tcp", "reset");
    }
    return () => nft("delete", "table", ...table);
}

/** What an export of the sample server under another name says. */
export function exported(service: string, more: Settings = {}): Settings {
    return {
        service,
        namespace: "bar",
        selector: { app: "httpbin" },
        serviceAccount: "httpbin",
        ports: [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }],
        ...more,
    };
}

/** What an import of it says. */
export function imported(service: string, from: Cluster | readonly Cluster[]): Settings {
    return { service, namespace: "bar", from };
}
