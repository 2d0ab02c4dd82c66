import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { PreviewReport } from "../../cli/commands/preview";
import type { UpReport } from "../../cli/commands/up";
import { type Ended, TemporaryProject } from "../support/engine";
import { processesWith } from "../support/processes";

/** What a test makes in a cluster, through the project's own components where they make it. */
interface Scene {
    /** How the gateway's Service differs. */
    readonly gateway: object;
    readonly hosts: readonly string[];
    /** Who may call the exported service; everybody where left out. */
    readonly principals?: readonly string[];
    /** Further objects, as somebody's change of the program might make them. */
    readonly objects: readonly object[];
}

/** A program that makes a scene; its objects are written to files, so no cluster is needed. */
const program = `
import * as k8s from "@pulumi/kubernetes";
import { readFileSync } from "node:fs";
import { EastWestGateway } from "./components/eastWestGateway";
import { ExportedServices } from "./components/exportedServices";
import { resourcesSchema } from "./lib/config/resources";

const { gateway, hosts, principals, objects } = JSON.parse(readFileSync("scene.json", "utf8"));
const provider = new k8s.Provider("files", { renderYamlToDirectory: "rendered" });
const of = { istio: [], namespace: "istio-system", nodeAddresses: ["192.0.2.7"], annotations: {}, replicas: 1 };
const resources = resourcesSchema.parse(undefined);
new EastWestGateway("gateway", { ...of, resources, serviceType: "NodePort", hosts, ...gateway }, { provider });
new ExportedServices("exports", { provider }).add("httpbin", {
    host: "httpbin.bar.global", namespace: "bar", virtualAddress: "240.0.0.2", selector: { app: "httpbin" },
    ports: [{ name: "http", number: 80, protocol: "HTTP" }], principals,
});
for (const object of objects)
    object.kind === "ConfigMap"
        ? new k8s.core.v1.ConfigMap(object.metadata.name, object, { provider })
        : new k8s.apiextensions.CustomResource(object.metadata.name, object, { provider });
`;

const peers = (mode: string) => ({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "peers", namespace: "bar" },
    spec: { mtls: { mode } },
});
const rule = (mode: string) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "rule", namespace: "bar" },
    spec: { host: "*.bar.global", trafficPolicy: { tls: { mode } } },
});
const meshConfig = (enableAutoMtls: boolean) => ({
    kind: "ConfigMap",
    metadata: { name: "istio", namespace: "istio-system" },
    data: { mesh: `enableAutoMtls: ${enableAutoMtls}\n` },
});

const allowed: Scene = {
    gateway: { serviceType: "LoadBalancer", sourceRanges: ["192.0.2.0/24"] },
    hosts: ["httpbin.bar.global", "httpbin.bar.corp.example"],
    principals: [],
    objects: [peers("PERMISSIVE"), rule("ISTIO_MUTUAL"), meshConfig(true)],
};
const refused: Scene = {
    gateway: { serviceType: "LoadBalancer", sourceRanges: ["192.0.2.0/24", "0.0.0.0/0"] },
    hosts: ["httpbin.bar.global", "httpbin.bar.evil.example"],
    objects: [peers("DISABLE"), rule("SIMPLE"), meshConfig(false)],
};

const pack = ["--policy-pack", "policy/index.js"];

/** What a run of plain Pulumi shows as violated: `POLICY OBJECT`. */
const violated = ({ text }: Ended): readonly string[] =>
    [...text.matchAll(/\[mandatory\] +(\S+) +\(\S+ ([^)]+)\)/g)]
        .map(([, policy = "", object = ""]) => `${policy} ${object}`)
        .sort();

describe("the policies, with the real engine", function () {
    this.timeout(240_000);
    const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "policy-files-"));
    let project: TemporaryProject;

    before(async () => {
        project = new TemporaryProject();
        for (const stack of ["ca", "one"]) {
            const { code, text } = await project.pulumi(["stack", "init", stack]);
            assert.equal(code, 0, text);
        }
    });
    after(() => {
        project.remove();
        fs.rmSync(temporary, { recursive: true });
    });

    /** Previews what a scene makes, by plain Pulumi. */
    async function previewOf(scene: Scene, policy: object): Promise<Ended> {
        const { folder } = project;
        const own = fs.readFileSync(path.join(folder, "index.ts"), "utf8");
        fs.writeFileSync(path.join(folder, "index.ts"), program);
        fs.writeFileSync(path.join(folder, "scene.json"), JSON.stringify(scene));
        project.configure("one", { mesh: { suffixes: ["global", "corp.example"] }, policy });
        try {
            return await project.pulumi(["preview", "--stack", "one", ...pack]);
        } finally {
            fs.writeFileSync(path.join(folder, "index.ts"), own);
        }
    }

    const previewOfCa = (ca: object, policy: object): Promise<Ended> => {
        project.configure("ca", { ca: { clusters: ["one"], ...ca }, policy });
        return project.pulumi(["preview", "--stack", "ca", ...pack]);
    };

    it("refuse in a cluster what each of them names, with the place", async () => {
        const ended = await previewOf(refused, { production: true });
        assert.notEqual(ended.code, 0);
        assert.deepEqual(violated(ended), [
            "closed-balancers gateway-service",
            "gateway-hosts gateway-deployment-gateway",
            "mutual-tls istio",
            "mutual-tls peers",
            "mutual-tls rule",
            "named-callers httpbin-entry",
        ]);
        assert.match(ended.text, /spec\.servers\[0\]\.hosts\[0\] is in no domain of mesh\.suffixes/);
        assert.doesNotMatch(ended.text, /evil/);
    });

    it("let pass what is just allowed in a cluster", async () => {
        const ended = await previewOf(allowed, { production: true });
        assert.equal(ended.code, 0, ended.text);
        assert.deepEqual(violated(ended), []);
        // Told by the settings, or no production.
        const told = { ...allowed, gateway: { serviceType: "LoadBalancer" }, principals: undefined };
        const other = await previewOf(told, { openBalancers: true });
        assert.equal(other.code, 0, other.text);
    });

    it("refuse an unprotected root and certificates that are weak or too long, and let pass the longest", async () => {
        const ended = await previewOfCa(
            {
                keyAlgorithm: "RSA-4096",
                protectRoot: false,
                rootValidityDays: 3651,
                intermediateValidityDays: 366,
            },
            { production: true, minimumRsaBits: 4097 },
        );
        assert.notEqual(ended.code, 0);
        assert.deepEqual(violated(ended), [
            "certificate-strength one-cert",
            "certificate-strength one-key",
            "certificate-strength root-cert",
            "certificate-strength root-key",
            "protected-root root-cert",
            "protected-root root-key",
        ]);
        const just = { rootValidityDays: 3650, intermediateValidityDays: 365 };
        const rsa = await previewOfCa(
            { ...just, keyAlgorithm: "RSA-4096" },
            { production: true, minimumRsaBits: 4096 },
        );
        assert.equal(rsa.code, 0, rsa.text);
        const open = await previewOfCa({ ...just, protectRoot: false }, {});
        assert.equal(open.code, 0, open.text);
    });

    it("make mesh up touch nothing where one is violated, and say it in a sentence", async () => {
        project.configure("one", { cluster: { kubeconfig: "nowhere", context: "none" } });
        const ca = { clusters: ["one"], protectRoot: false };
        project.configure("ca", { ca, policy: { production: true } });
        const sentence =
            "root-key: policy protected-root: The root's key is not protected, so an update or a destroy could take away what " +
            "every cluster trusts; remove ca.protectRoot from the stack's file, or make it true.";
        const env = { TMPDIR: temporary };
        const preview = await project.mesh(["preview", "--json"], { env });
        assert.equal(preview.code, 1, preview.text);
        const [foreseen] = JSON.parse(preview.stdout) as readonly PreviewReport[];
        assert.equal(foreseen?.violations?.includes(sentence), true, preview.stdout);
        const up = await project.mesh(["up"], { env });
        assert.equal(up.code, 1, up.text);
        assert.match(up.text, /^ca failed:$/m);
        assert.ok(up.text.includes(`  ${sentence}\n`), up.text);
        assert.match(
            up.text,
            /^Next: Change what each line names, .* then run "npm run mesh -- up" again\.$/m,
        );
        assert.deepEqual((await project.state("ca")).deployment.resources ?? [], []);
        const json = await project.mesh(["up", "--json"], { env });
        const [report] = JSON.parse(json.stdout) as readonly UpReport[];
        assert.deepEqual([report?.ran, report?.violations?.length], [false, 2]);

        project.configure("ca", { ca: { clusters: ["one"] }, policy: { production: true } });
        assert.match((await project.mesh(["up"], { env })).text, /^ca +5 +0/m);
    });

    it("leave no process and no file behind", () => {
        const variable = project.backendVariable;
        assert.deepEqual(processesWith(variable), []);
        assert.deepEqual(fs.readdirSync(temporary), []);
    });

    it("end with an engine that is killed", async () => {
        const variable = project.backendVariable;
        const packs = () =>
            processesWith(variable).filter(({ command }) => command.includes("policy/index.js"));
        const engine = spawn("pulumi", ["preview", "--stack", "ca", ...pack, "--non-interactive"], {
            cwd: project.folder,
            env: { ...process.env, ...project.env },
            stdio: "ignore",
        });
        try {
            for (let tries = 0; packs().length === 0; tries += 1) {
                assert.ok(tries < 600, "the pack has not started");
                await pause(50);
            }
            engine.kill("SIGKILL");
            for (let tries = 0; packs().length > 0; tries += 1) {
                assert.ok(tries < 200, "the pack goes on");
                await pause(50);
            }
        } finally {
            // Its own plugins notice later.
            for (const { pid } of processesWith(variable)) process.kill(pid, "SIGKILL");
        }
    });

    it("are not asked by mesh where no setting says so", async () => {
        project.configure("ca", { ca: { clusters: ["one"], rootValidityDays: 3651 } });
        assert.doesNotMatch((await project.mesh(["preview"])).text, /policy/);
    });

    it("hold the stacks of an environment that asks once for all, also one that is not made yet", async () => {
        const folder = path.join(project.folder, "environments/prod");
        fs.mkdirSync(path.join(folder, "state"), { recursive: true });
        const files = {
            "Pulumi.yaml":
                "name: istio-multicluster\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n" +
                `backend:\n  url: file://${folder}/state\n` +
                "config:\n  policy:\n    value: { production: true }\n",
            "Pulumi.ca.yaml": "config:\n  istio-multicluster:ca: { clusters: [one], protectRoot: false }\n",
            "Pulumi.one.yaml":
                "config:\n  istio-multicluster:cluster: { kubeconfig: nowhere, context: none }\n",
        };
        for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
        const env = { PULUMI_BACKEND_URL: undefined };
        const { code, stdout } = await project.mesh(["--env", "prod", "preview", "--json"], { env });
        assert.equal(code, 1);
        const [ca] = JSON.parse(stdout) as readonly PreviewReport[];
        assert.deepEqual(
            ca?.violations?.map((sentence) => sentence.split(": The")[0]),
            ["root-cert: policy protected-root", "root-key: policy protected-root"],
        );
        fs.rmSync(path.join(project.folder, "environments"), { recursive: true });
    });

    it("print no value of a resource, secret or not", () => {
        assert.doesNotMatch(project.transcript, /-----BEGIN|evil\.example/);
    });

    it("can be started by Pulumi's own host for packs, too", async () => {
        const host = "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js";
        const child = spawn(process.execPath, [host, "127.0.0.1:9", "policy"], { cwd: project.folder });
        try {
            const [said] = (await once(child.stdout, "data")) as [Buffer];
            // The port at which it would be asked.
            assert.match(said.toString(), /^\d+\n$/);
        } finally {
            child.kill();
        }
    });
});
