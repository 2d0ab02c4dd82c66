import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import { checkoutDir } from "../../lab/paths";
import { fingerprint } from "../../lib/certificates/certificates";
import { istioDefinitions, onCluster, readCorefile, secretValues } from "../support/cluster";
import type { Ended } from "../support/engine";
import { type Changes, type Cluster, LabMesh, rolledOut, serverOf, succeeded } from "../support/labMesh";
import { clockOf, countLoad, installLoad, settleSeconds, startLoad, stopLoad } from "../support/load";
import type { Settings } from "../support/program";
import { intermediatesOf, proxiesHold, renewedSoon, signedBy } from "../support/workloadCertificates";

const [from, to] = (process.env["CLUSTERS"] ?? "cluster1,cluster2").split(",") as [Cluster, Cluster];
const host = serverOf(to);

/** Requests a second, all streams together; `RATE=60` is for a machine that has no room for more beside the tests. */
const rate = Number(process.env["RATE"] ?? 200);
const freshRate = 10;

/** What calls the one cluster from the other all the time: on connections that stay, and with a new look-up each. */
const streams = [
    {
        name: "kept",
        url: `http://${host}:8000/status/200`,
        requestsPerSecond: rate - freshRate,
        connections: 8,
    },
    {
        name: "fresh",
        url: `http://${host}:8000/status/200`,
        requestsPerSecond: freshRate,
        connections: 2,
        fresh: true,
    },
];

/** What an update could write to. */
const watched = [
    ...["namespaces", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    ...["customresourcedefinitions", "clusterroles", "clusterrolebindings", "roles", "rolebindings"],
    ...["serviceaccounts", "configmaps", "secrets", "services", "deployments", "poddisruptionbudgets"],
];

interface Listed {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly resourceVersion: string;
        readonly annotations?: Readonly<Record<string, string>>;
    };
}

/** `KIND NAMESPACE/NAME VERSION` of everything in a cluster that an update could write to, and its Corefile. */
async function everything(cluster: Cluster): Promise<readonly string[]> {
    const kinds = [...watched, ...(await istioDefinitions(cluster))].join(",");
    const text = await onCluster(cluster, ["get", kinds, "--all-namespaces", "-o", "json"]);
    const { items } = JSON.parse(text) as { readonly items: readonly Listed[] };
    const objects = items
        // By which controllers agree on a leader, every few seconds.
        .filter(
            ({ metadata }) =>
                metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined,
        )
        .map(({ kind, metadata: { namespace = "", name, resourceVersion } }) =>
            [kind, `${namespace}/${name}`, resourceVersion].join(" "),
        );
    return [...objects.sort(), await readCorefile(cluster)];
}

/** A mesh that is worked on, all the time under load, with states that are not its own. */
describe("a mesh, and a state that it was not made with", function () {
    this.timeout(900_000);
    this.bail(true);
    const mesh = new LabMesh([from, to]);
    const { project } = mesh;
    const table = new CliTable({
        head: [
            "State",
            "Command",
            "Exit code",
            "Written",
            "kept: requests / failed",
            "fresh: requests / failed",
        ],
        style: { head: [], border: [] },
    });
    const backends = new Map<string, string>();
    const ca = mesh.settings("ca")["ca"] as Settings;
    const caWith = (changes: Settings): Changes => ({ ca: { ca: { ...ca, ...changes } } });
    /** The settings as they are by now. */
    let present: Changes = {};

    before(async () => {
        await mesh.record();
        const istio = (cluster: Cluster) => ({
            istio: renewedSoon(mesh.settings(cluster)["istio"] as Settings),
        });
        mesh.keep({ [from]: istio(from), [to]: istio(to) });
    });
    after(async () => {
        console.log(table.toString());
        await stopLoad(from).catch(() => undefined);
        mesh.configure(present);
        await mesh.remove();
    });

    /** A backend's folder, a copy of the right one's unless it is to be empty. */
    function backend(name: string, content?: string): string {
        const folder = path.join(project.folder, `.state-${name}`);
        fs.rmSync(folder, { recursive: true, force: true });
        if (content === undefined) fs.mkdirSync(folder);
        else fs.cpSync(content, folder, { recursive: true });
        backends.set(name, folder);
        return folder;
    }

    /** Puts one stack's state of a backend into another, or takes it out. */
    function replaceStack(folder: string, stack: string, source?: string): void {
        const stacks = ".pulumi/stacks/istio-multicluster";
        for (const file of fs.readdirSync(path.join(folder, stacks)))
            if (file.startsWith(`${stack}.`)) fs.rmSync(path.join(folder, stacks, file));
        if (source === undefined) return;
        for (const file of fs.readdirSync(path.join(source, stacks)))
            if (file.startsWith(`${stack}.`))
                fs.copyFileSync(path.join(source, stacks, file), path.join(folder, stacks, file));
    }

    const assertUnchanged = ({ text }: Ended) => {
        for (const stack of ["ca", from, to]) assert.match(text, new RegExp(`^${stack}: no change$`, "m"));
    };
    const at = (folder: string) => ({ env: { PULUMI_BACKEND_URL: `file://${folder}` }, limitSeconds: 300 });
    const up = async (folder: string) => succeeded(await project.mesh(["up"], at(folder)));
    const bothClusters = async <T>(read: (cluster: Cluster) => Promise<T>) =>
        Promise.all([from, to].map(read));
    const roots = () =>
        bothClusters(async (cluster) =>
            fingerprint((await secretValues(cluster)).get("istio-system/cacerts root-cert.pem") ?? ""),
        );

    /** Works, and adds a row: how it ended, what it has written, and the calls meanwhile, none of which may fail. */
    async function underLoad(state: string, command: string, work: () => Promise<Ended>): Promise<Ended> {
        const before = await bothClusters(everything);
        const began = await clockOf(from);
        const ended = await work();
        await pause(settleSeconds * 1000);
        const until = (await clockOf(from)) - settleSeconds;
        const after = await bothClusters(everything);
        const written = after.flat().filter((line) => !before.flat().includes(line)).length;
        const counts = await Promise.all(streams.map((stream) => countLoad(from, stream, began, until)));
        table.push([
            state,
            command,
            ended.code,
            written,
            ...counts.map(({ requests, failed }) => `${requests} / ${failed}`),
        ]);
        assert.deepEqual(
            counts.flatMap(({ failures }) => failures),
            [],
        );
        assert.ok(counts.every(({ requests }) => requests > 0));
        if (ended.code !== 0) assert.deepEqual(after, before);
        return ended;
    }

    /** Tries every command with a state, each of which has to be refused with nothing written. */
    async function refused(state: string, folder: string, message: RegExp): Promise<void> {
        const right = JSON.stringify([...project.stateFiles()]);
        await project.pulumi(["stack", "init", to, "--no-select"], at(folder));
        const said: string[] = [];
        for (const [command, work] of [
            ["mesh preview", () => project.mesh(["preview"], at(folder))],
            ["mesh up", () => project.mesh(["up"], at(folder))],
            [`pulumi preview -s ${to}`, () => project.pulumi(["preview", "--stack", to], at(folder))],
            [`pulumi up -s ${to}`, () => project.pulumi(["up", "--yes", "--stack", to], at(folder))],
        ] as const) {
            const ended = await underLoad(state, command, work);
            said.push(`--- ${state}: ${command} (exit code ${ended.code})\n${ended.text.trim()}`);
            assert.notEqual(ended.code, 0, ended.text);
            assert.match(ended.text, message);
            assert.match(ended.text, /this state is not the one that the mesh was made with/);
            assert.ok(
                ended.text.includes(`The backend in use is file://${folder}. Ways to go on:`),
                ended.text,
            );
            assert.doesNotMatch(ended.text, /PRIVATE KEY/);
        }
        console.log(said.join("\n\n"));
        assert.equal(JSON.stringify([...project.stateFiles()]), right);
    }

    it("comes up, and is called all the time from then on", async () => {
        await mesh.up();
        assert.equal(await mesh.call(from, streams[0]?.url ?? ""), "200");
        await installLoad(from);
        for (const stream of streams) await startLoad(from, stream);
        await pause(3000);
    });

    it("is left alone by an empty backend", async () => {
        await refused("empty", backend("empty"), /holds no certificates/);
    });

    it("is left alone by a backup of ca that is older than a renewal", async () => {
        const first = backend("first", project.backend);
        present = caWith({ intermediateValidityDays: 300 });
        mesh.configure(present);
        await underLoad("right", "mesh up, with new intermediates", () => mesh.up());
        const folder = backend("old-intermediates", project.backend);
        replaceStack(folder, "ca", first);
        await refused("ca before a renewal", folder, /its intermediate is of \S+, and the one in the state/);
    });

    it("is left alone by a backup of ca that is older than a step of a change of the root", async () => {
        const renewed = backend("renewed", project.backend);
        present = caWith({
            intermediateValidityDays: 300,
            rotation: { step: "trust", to: { name: "root-next" } },
        });
        mesh.configure(present);
        await underLoad("right", "mesh up, with a second root", () => mesh.up());
        // What istiod writes of it, it writes some seconds later.
        await bothClusters((cluster) => proxiesHold(cluster, ({ trusted }) => trusted.length === 2));
        const folder = backend("old-roots", project.backend);
        replaceStack(folder, "ca", renewed);
        await refused("ca before a root step", folder, /is none that the state of "ca" knows/);
    });

    it("is left alone where one cluster's state is gone", async () => {
        const folder = backend("gone", project.backend);
        replaceStack(folder, to);
        await refused(`${to} gone`, folder, new RegExp(`the state of "${to}" is empty, but the cluster has`));
    });

    it("is left alone by the state of another mesh of the same names", async () => {
        const other = backend("other-ca");
        mesh.configure({
            ca: { ca: { ...(present.ca?.["ca"] as Settings), makeAnew: true, rotation: undefined } },
        });
        succeeded(await project.pulumi(["stack", "init", "ca", "--no-select"], at(other)));
        succeeded(await project.pulumi(["up", "--yes", "--stack", "ca"], at(other)));
        mesh.configure({
            ca: { ca: { ...(present.ca?.["ca"] as Settings), rotation: undefined } },
        });
        const folder = backend("other", project.backend);
        replaceStack(folder, "ca", other);
        await refused("another mesh", folder, /is none that the state of "ca" knows/);
        mesh.configure(present);
    });

    it("goes on with the right backend, with nothing to change", async () => {
        const ended = await underLoad("right", "mesh up", () => mesh.up());
        assert.match(ended.text, /Nothing changed in any stack\./);
    });

    it("goes on from a backup, with nothing to change", async () => {
        const folder = backend("restored");
        const [save = "", restore = ""] = commandsUnder("Back up and restore").map((text) =>
            text.replaceAll("cluster1 cluster2", `${from} ${to}`),
        );
        succeeded(await project.run("bash", ["-euc", save]));
        const restored = succeeded(await project.run("bash", ["-euc", restore], at(folder)));
        assertUnchanged(restored);
        const ended = await underLoad("a backup", "mesh up", () => up(folder));
        assert.match(ended.text, /Nothing changed in any stack\./);
    });

    it("goes on from what is there, under the same root and with the same pods", async () => {
        const folder = backend("gone", project.backend);
        replaceStack(folder, to);
        const pods = () => onCluster(to, ["get", "pods", "-A", "-o", "jsonpath={.items[*].metadata.uid}"]);
        const [before, podsBefore] = [await roots(), await pods()];
        const { cluster } = mesh.settings(to) as { readonly cluster: Settings };
        const adopting = { cluster: { ...cluster, adopt: true } };
        mesh.configure({ ...present, [to]: adopting });
        const adopted = await underLoad(`${to} gone`, "mesh up, adopting", () => up(folder));
        console.log(adopted.text);
        assert.match(adopted.text, /cluster\.adopt is true/);
        assert.deepEqual(await roots(), before);
        assert.equal(await pods(), podsBefore);
        mesh.configure(present);
        console.log((await underLoad("taken over", "mesh up", () => up(folder))).text);
        assert.match((await up(folder)).text, /Nothing changed in any stack\./);
        // A change of what was taken over, which under another writer's name would be a conflict.
        mesh.configure({
            ...present,
            [to]: { gateway: { replicas: 2 }, exports: [] },
            [from]: { imports: [] },
        });
        succeeded(await project.mesh(["up"], at(folder)));
        mesh.configure({ ...present, [to]: { gateway: { replicas: 2 } } });
        succeeded(await project.mesh(["up"], at(folder)));
        mesh.configure(present);
        await up(folder);
        assert.equal(await mesh.call(from, streams[0]?.url ?? ""), "200");
        succeeded(await project.mesh(["preview", "--refresh", "--expect-no-changes"], at(folder)));
        fs.rmSync(project.backend, { recursive: true });
        fs.cpSync(folder, project.backend, { recursive: true });
    });

    it("goes on with an old backup of ca, under the same root", async () => {
        const folder = backend("old-on", project.backend);
        replaceStack(folder, "ca", backends.get("first"));
        const before = await roots();
        const replacing = (cluster: Cluster): Settings => ({
            istio: { ...(mesh.settings(cluster)["istio"] as Settings), replaceCaCerts: true },
        });
        present = caWith({ intermediateValidityDays: 300 });
        const words = { [from]: replacing(from), [to]: replacing(to) };
        mesh.configure({ ...words, ...caWith({ intermediateValidityDays: 300, makeAnew: true }) });
        await underLoad("ca before a renewal", "mesh up, by the words", () => up(folder));
        mesh.configure(present);
        assert.match((await up(folder)).text, /Nothing changed in any stack\./);
        assert.deepEqual(await roots(), before);
        fs.rmSync(project.backend, { recursive: true });
        fs.cpSync(folder, project.backend, { recursive: true });
    });

    it("goes on without the state of ca, by what the clusters have, to another root", async () => {
        replaceStack(project.backend, "ca");
        const before = await roots();
        const [save = ""] = commandsUnder("The state of ca is lost");
        const here = save
            .replaceAll(/^(save) cluster1 \S+ cluster1/gm, `$1 ${from} .lab/${from}/kubeconfig ${from}`)
            .replaceAll(/^(save) cluster2 \S+ cluster2/gm, `$1 ${to} .lab/${to}/kubeconfig ${to}`);
        succeeded(await project.run("bash", ["-euc", here]));
        const pair = (name: string) => ({ certFile: `lost/${name}.pem`, keyFile: `lost/${name}.key` });
        const lost = {
            name: "lost",
            certFile: "lost/root.pem",
            intermediates: { [from]: pair(from), [to]: pair(to) },
        };
        const at = (changes: Settings) => caWith({ intermediateValidityDays: 300, root: lost, ...changes });
        mesh.configure(at({}));
        succeeded(await project.pulumi(["stack", "init", "ca", "--no-select"]));
        await underLoad("ca lost", "pulumi up -s ca", () => project.pulumi(["up", "--yes", "--stack", "ca"]));
        const preview = await underLoad("ca lost", "mesh preview", () => project.mesh(["preview"]));
        assertUnchanged(preview);
        const rotation = { to: { name: "root-next" } };
        for (const step of ["trust", "reissue"]) {
            mesh.configure(at({ rotation: { ...rotation, step } }));
            await underLoad("ca lost", `mesh up, step ${step}`, () => mesh.up());
        }
        await signedBy(mesh, await intermediatesOf(mesh));
        mesh.configure(at({ rotation: { ...rotation, step: "retire" } }));
        await underLoad("ca lost", "mesh up, step retire", () => mesh.up());
        present = caWith({ intermediateValidityDays: 300, root: { name: "root-next" } });
        mesh.configure(present);
        assert.match((await mesh.up()).text, /Nothing changed in any stack\./);
        const after = await roots();
        assert.equal(new Set(after).size, 1);
        assert.ok(after.every((root) => !before.includes(root)));
    });

    it("goes on without the state of ca under another root, and not under load", async () => {
        await stopLoad(from);
        replaceStack(project.backend, "ca");
        const before = await roots();
        const replacing = (cluster: Cluster): Settings => ({
            istio: { ...(mesh.settings(cluster)["istio"] as Settings), replaceCaCerts: true },
        });
        mesh.configure({
            [from]: replacing(from),
            [to]: replacing(to),
            ...caWith({ intermediateValidityDays: 300, makeAnew: true }),
        });
        await mesh.up();
        mesh.configure(present);
        assert.match((await mesh.up()).text, /Nothing changed in any stack\./);
        const after = await roots();
        assert.equal(new Set(after).size, 1);
        assert.ok(after.every((root) => !before.includes(root)));
        // istiod has the new authority once the kubelet has brought it the Secret.
        await pause(100_000);
        await bothClusters(async (cluster) => {
            await onCluster(cluster, ["rollout", "restart", "deployment", "-n", "istio-system"]);
            await rolledOut(cluster, "istio-system", "istiod");
            const namespace = serverOf(cluster).split(".")[1] ?? "";
            for (const workload of [
                "foo/sleep",
                `${namespace}/httpbin`,
                "istio-system/istio-eastwestgateway",
            ]) {
                const [where = "", name = ""] = workload.split("/");
                await onCluster(cluster, ["rollout", "restart", `deployment/${name}`, "-n", where]);
                await rolledOut(cluster, where, name);
            }
        });
        assert.equal(await mesh.call(from, streams[0]?.url ?? "", "200", 60), "200");
    });
});

/** The shell commands below a heading of docs/operations.md, block by block. */
function commandsUnder(heading: string): readonly string[] {
    const page = fs.readFileSync(path.join(checkoutDir, "docs/operations.md"), "utf8");
    const [, section = ""] = page.split(`### ${heading}\n`);
    const [own = ""] = section.split(/^##/m);
    return [...own.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
}
