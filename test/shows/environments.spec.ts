import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { environmentFolder } from "../../lib/mesh/environments";
import type { CaOutputs, ClusterOutputs } from "../../lib/mesh/contract";
import { clientCertificate } from "../support/clientCertificate";
import { type Handshake, handshake, onCluster } from "../support/cluster";
import { baseSettings, type Cluster, LabMesh, scale, succeeded } from "../support/labMesh";
import type { Settings } from "../support/program";

/** The environments, by the clusters that call and that serve. Stacks, suffix, namespaces and accounts are the same in both. */
const environments = {
    dev: { one: "cluster1", two: "cluster2" },
    prod: { one: "cluster3", two: "cluster4" },
} as const satisfies Record<string, Record<"one" | "two", Cluster>>;
type Environment = keyof typeof environments;
const both = Object.keys(environments) as readonly Environment[];

const shared = "httpbin.bar.global";
/** Exported and imported in prod alone. */
const secretive = "payroll.bar.global";
const virtualAddress = "240.0.0.9";
const kinds = "serviceentry,destinationrule";

/** Two environments with one network, whose meshes look alike in everything but their root. */
describe("two environments on one network", function () {
    this.timeout(600_000);
    this.bail(true);
    // All four clusters in one mesh, of which only the table, the calls and the folder are used.
    const lab = new LabMesh(both.flatMap((name) => Object.values(environments[name])));
    const { project } = lab;
    const mesh = (name: Environment, args: readonly string[]) =>
        project.mesh(["--env", name, ...args], { limitSeconds: 300 });

    before(async () => {
        await lab.record();
        for (const file of fs.readdirSync(project.folder).filter((each) => /^Pulumi\..+\.yaml$/.test(each)))
            fs.rmSync(path.join(project.folder, file));
        // The backend is each environment's own.
        project.env = { ...project.env, PULUMI_BACKEND_URL: undefined };
        for (const name of both) {
            const folder = path.join(project.folder, environmentFolder(name));
            fs.mkdirSync(folder, { recursive: true });
            fs.writeFileSync(path.join(folder, "Pulumi.yaml"), stringify(projectFile(name)));
            for (const stack of stacks) project.configure(stack, settingsOf(name, stack), name);
        }
    });

    after(async () => {
        console.log(lab.table());
        for (const name of both) {
            const ended = await mesh(name, ["destroy"]);
            if (ended.code !== 0) console.error(ended.text);
        }
        project.remove();
    });

    it("come up, each with its own calls", async () => {
        for (const ended of await Promise.all(both.map((name) => mesh(name, ["up"])))) succeeded(ended);
        await called("dev", "control: dev calls its own server", "200");
        await called("prod", "control: prod calls its own server", "200");
    });

    it("don't know each other's names", async () => {
        const url = `http://${secretive}:8000/status/200`;
        await called("prod", "control: prod calls a name that prod alone exports", "200", url);
        await called("dev", "name: dev calls it", "000", url);
        await scale("cluster2", "bar", "httpbin", 0);
        await called("dev", "name: dev calls the name that both have, its own server being away", "503");
        await called("prod", "control: prod calls it meanwhile", "200");
        await scale("cluster2", "bar", "httpbin", 1);
        await called("dev", "control: dev calls it again", "200");
    });

    it("take no certificate of each other at their gateways", async () => {
        for (const [here, there] of [
            ["dev", "prod"],
            ["prod", "dev"],
        ] as const) {
            const { gateway } = await project.outputs<ClusterOutputs>("two", there);
            const [address = ""] = gateway.addresses;
            const name = `outbound_.8000_._.${shared}`;
            const tried = async (signer: Environment) => {
                const { intermediates } = await project.outputs<CaOutputs>("ca", signer);
                const { certPem = "", privateKeyPem = "" } = intermediates["one"] ?? {};
                const certificate = clientCertificate("spiffe://cluster.local/ns/foo/sa/sleep", {
                    certPem,
                    keyPem: privateKeyPem,
                });
                return answer(await handshake(address, gateway.port, name, { certificate }));
            };
            const what = `foo/sleep, signed by an intermediate`;
            lab.check(`control: ${there}'s gateway, ${what} of ${there}`, "HTTP 200", await tried(there));
            lab.check(`certificate: ${there}'s gateway, ${what} of ${here}`, "no answer", await tried(here));
            const url = `http://${address}:${gateway.port}/status/200`;
            await called(here, `gateway: ${here}'s pod calls ${there}'s gateway without TLS`, "000", url);
        }
    });

    it("reach nothing through a copy of the other's objects", async () => {
        const copied = await copyOf(environments.prod.one);
        const url = `--resolve ${secretive}:8000:${virtualAddress} http://${secretive}:8000/status/200`;
        await called("prod", "control: prod calls by its own ServiceEntry and rule", "200", url);
        await onCluster("cluster1", ["apply", "-f", "-"], { input: copied });
        await called("dev", "ServiceEntry: dev calls by a copy of both", "503", url);
        await pause(10_000);
        await called("dev", "ServiceEntry: dev calls ten seconds later", "503", url, 0);
        await onCluster("cluster1", ["delete", "-f", "-"], { input: copied });
    });

    it("take nothing from the other by files that were copied", async () => {
        const refused = async (what: string, stack: "one" | "two", settings: Settings, words: RegExp) => {
            project.configure(stack, settings, "dev");
            const ended = await mesh("dev", ["preview"]);
            project.configure(stack, settingsOf("dev", stack), "dev");
            lab.check(what, "refused", ended.code === 0 ? "accepted" : "refused");
            assert.match(ended.text, words);
        };
        const { imports } = settingsOf("prod", "one");
        await refused(
            "from: prod's imports in dev's file",
            "one",
            { ...settingsOf("dev", "one"), imports },
            /payroll\.bar\.global/,
        );
        const far = (imports as readonly Settings[]).map((each) => ({ ...each, from: "cluster4" }));
        await refused(
            "from: the name of prod's cluster in dev's file",
            "one",
            { ...settingsOf("dev", "one"), imports: far },
            /cluster4/,
        );
        await refused(
            "cluster: prod's kubeconfig in dev's file",
            "two",
            { ...settingsOf("dev", "two"), cluster: settingsOf("prod", "two")["cluster"] },
            /prod/,
        );
        const own = await mesh("dev", ["preview", "--expect-no-changes"]);
        lab.check("control: dev's own files", "no change", own.code === 0 ? "no change" : own.text);
    });

    /** Calls from an environment's client until the answer is the expected one, or some time is over. */
    async function called(
        name: Environment,
        what: string,
        expected: string,
        url = `http://${shared}:8000/status/200`,
        seconds?: number,
    ): Promise<void> {
        lab.check(what, expected, await lab.call(environments[name].one, url, expected, seconds));
    }

    function projectFile(name: Environment): Settings {
        const backend = path.join(project.folder, `.states-${name}`);
        fs.mkdirSync(backend);
        return {
            name: "istio-multicluster",
            runtime: { name: "nodejs", options: { typescript: false } },
            backend: { url: `file://${backend}` },
        };
    }
});

const stacks = ["ca", "one", "two"] as const;

/** A stack's settings, which differ between the environments by the cluster, and by what prod alone exports and imports. */
function settingsOf(name: Environment, stack: (typeof stacks)[number]): Settings {
    if (stack === "ca") return { ca: { clusters: ["one", "two"], protectRoot: false } };
    const cluster = environments[name][stack];
    const base = relative(baseSettings(cluster, []));
    const services = name === "prod" ? ["httpbin", "payroll"] : ["httpbin"];
    if (stack === "one")
        return {
            ...base,
            sampleApps: { sleep: { image: "lab.local/sleep:lab" } },
            exports: undefined,
            imports: services.map((service) => ({ service, namespace: "bar", from: "two" })),
        };
    const [exported] = base["exports"] as readonly Settings[];
    return {
        ...base,
        sampleApps: { httpbin: { namespace: "bar", image: "lab.local/httpbin:lab" } },
        exports: services.map((service) => ({
            ...exported,
            service,
            namespace: "bar",
            virtualAddress: service === "payroll" ? virtualAddress : "240.0.0.2",
        })),
        imports: undefined,
    };
}

/** Settings whose paths start in an environment's folder. */
function relative(settings: Settings): Settings {
    const text = JSON.stringify(settings).replaceAll('".lab/', '"../../.lab/');
    return JSON.parse(text) as Settings;
}

/** What the importer has for prod's own service, as somebody would copy it. */
async function copyOf(cluster: Cluster): Promise<string> {
    const text = await onCluster(cluster, ["get", kinds, "-n", "istio-system", "-o", "json"]);
    const { items } = JSON.parse(text) as {
        readonly items: readonly {
            readonly apiVersion: string;
            readonly kind: string;
            readonly metadata: { readonly name: string };
            readonly spec: unknown;
        }[];
    };
    return JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: items.map(({ apiVersion, kind, metadata: { name }, spec }) => ({
            apiVersion,
            kind,
            metadata: { name: `copy-of-${name}`, namespace: "foo" },
            spec,
        })),
    });
}

function answer({ status }: Handshake): string {
    return status === undefined ? "no answer" : `HTTP ${status}`;
}
