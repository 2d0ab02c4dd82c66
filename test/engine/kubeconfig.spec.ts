import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type CommandOptions, type StateResource, TemporaryProject } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { FormerCluster, formerState, nothingLeft } from "../support/formerState";
import { processesWith } from "../support/processes";
import { bareCluster, kubeadmDns, node } from "../support/program";

const token = "token-of-whoever-runs-this";

/** Settings of a stack, and the variables with which somebody runs it. */
interface Place {
    readonly kubeconfig?: string | { readonly stack: string; readonly output: string };
    readonly env?: Readonly<Record<string, string>>;
}

describe("a kubeconfig that is elsewhere for everybody, with the real engine", function () {
    this.timeout(300_000);
    const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-places-"));
    const temporary = path.join(elsewhere, "tmp");
    let project: TemporaryProject;
    let api: FakeApi;

    beforeEach(async () => {
        fs.mkdirSync(temporary);
        api = await FakeApi.start();
        project = new TemporaryProject();
        await succeed(["stack", "init", "one"]);
    });
    afterEach(async () => {
        await api.stop();
        // A Pulumi that is killed leaves its own plugins behind.
        const variable = project.backendVariable;
        for (const { pid } of processesWith(variable)) process.kill(pid, "SIGKILL");
        project.remove();
        fs.rmSync(temporary, { recursive: true });
    });
    after(() => {
        fs.rmSync(elsewhere, { recursive: true });
    });

    async function succeed(args: readonly string[], options: CommandOptions = {}): Promise<string> {
        const { code, text, stdout } = await project.pulumi(args, options);
        assert.equal(code, 0, text);
        return stdout;
    }

    /** The fake's kubeconfig with a token. */
    function kubeconfig(): string {
        const given = JSON.parse(fs.readFileSync(api.access.kubeconfig, "utf8")) as object;
        const users = [{ name: "fake", user: { token } }];
        return JSON.stringify({ ...given, users, "current-context": "fake" });
    }

    function put(name: string): string {
        const file = path.join(elsewhere, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, kubeconfig());
        return file;
    }

    /** Has another stack put out the kubeconfig, secret. */
    async function putOut(): Promise<void> {
        const folder = path.join(elsewhere, "infra");
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: infra\nruntime: nodejs\n");
        const cwd = ["--cwd", folder];
        await succeed([...cwd, "stack", "init", "clusters"]);
        const empty = JSON.parse(await succeed([...cwd, "stack", "export", "--stack", "clusters"])) as {
            readonly deployment: object;
        };
        const type = "pulumi:pulumi:Stack";
        const outputs = {
            one: {
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                plaintext: JSON.stringify(kubeconfig()),
            },
        };
        const stack = {
            urn: `urn:pulumi:clusters::infra::${type}::infra-clusters`,
            custom: false,
            type,
            outputs,
        };
        const state = { ...empty, deployment: { ...empty.deployment, resources: [stack] } };
        await succeed([...cwd, "stack", "import", "--stack", "clusters"], { input: JSON.stringify(state) });
    }

    function configure({ kubeconfig: source }: Place): void {
        const cluster = { ...(source !== undefined && { kubeconfig: source }), context: "fake" };
        project.configure("one", { cluster });
    }

    async function encrypt(): Promise<void> {
        const key = ["--path", "istio-multicluster:cluster.kubeconfig.content"];
        project.configure("one", { cluster: { context: "fake" } });
        await succeed(["config", "set", "--secret", ...key, "--stack", "one"], { input: kubeconfig() });
    }

    /** Text of each file in the folder for temporary files, by path. */
    function left(): readonly (readonly [string, string])[] {
        return fs
            .readdirSync(temporary, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => path.join(entry.parentPath, entry.name))
            .map((file) => [path.relative(temporary, file), fs.readFileSync(file, "utf8")]);
    }

    function assertNoCopy(): void {
        for (const [file, text] of left()) assert.ok(!text.includes(token), `the token is in ${file}`);
        assert.deepEqual(
            fs.readdirSync(temporary).filter((name) => name.startsWith("istio-multicluster-")),
            [],
        );
    }

    it("leaves no copy of encrypted content in the state, nor one of an earlier version", async () => {
        await encrypt();
        const up = async (lines: readonly string[]) => {
            const imports = `import { IstioLeftovers } from "./components/istioLeftovers";\n`;
            fs.writeFileSync(path.join(project.folder, "index.ts"), imports + lines.join("\n"));
            const said = await succeed(["up", "--yes", "--skip-preview", "--stack", "one"]);
            return { said, state: JSON.stringify(await project.state("one", "plain")) };
        };
        const args = `"leftovers", { kubeconfig: "nowhere", context: "none" }`;
        const former = await up([`new IstioLeftovers(${args});`]);
        assert.ok(former.state.includes(token), "Pulumi gives its own provider no settings any more");
        const { said, state } = await up([
            `import { DynamicProvider } from "./components/dynamicProvider";`,
            `new IstioLeftovers(${args}, { provider: new DynamicProvider("dynamic") });`,
        ]);
        assert.match(said, /\+ 1 created\n +2 unchanged/);
        assert.match(state, /pulumi:providers:pulumi-nodejs::dynamic/);
        assert.ok(!state.includes(token));
    });

    describe("of a cluster without a mesh", () => {
        beforeEach(() => {
            for (const [place, object] of Object.entries({ ...bareCluster(), ...kubeadmDns }))
                api.set(place, object);
            api.set("/api/v1/nodes", { items: [node("node", "192.0.2.7")] });
            project.configure("ca", { ca: { clusters: ["one"] } });
        });

        it("leaves no copy of encrypted content where a run is killed", async () => {
            await encrypt();
            const child = spawn("pulumi", ["preview", "--stack", "one", "--non-interactive"], {
                cwd: project.folder,
                env: { ...process.env, ...project.env, TMPDIR: temporary },
                stdio: "ignore",
                detached: true,
            });
            const ended = new Promise((resolve) => child.once("close", resolve));
            for (let tries = 0; api.requests.length === 0; tries += 1) {
                assert.ok(tries < 1200, "the program has asked for nothing");
                await pause(50);
            }
            process.kill(-(child.pid ?? 0), "SIGKILL");
            await ended;
            for (const [file, text] of left()) assert.ok(!text.includes(token), `the token is in ${file}`);
        });
    });

    describe("of a state", () => {
        let cluster: FormerCluster;

        beforeEach(() => {
            cluster = new FormerCluster(api);
        });

        /** A state in which the resources are told the stack, as they are by now. */
        async function importState(): Promise<void> {
            const empty = await project.state("one");
            const stack = "organization/istio-multicluster/one";
            const told = (values: Readonly<Record<string, unknown>> = {}) =>
                Object.fromEntries(
                    Object.entries(values).map(([key, value]) =>
                        key === "kubeconfig" ? ["stack", stack] : [key, value],
                    ),
                );
            const resources = formerState(api.access).map(
                ({ urn, inputs, outputs, ...others }): StateResource =>
                    /Provider|providers:/.test(urn)
                        ? { urn, ...others, ...(inputs && { inputs }), ...(outputs && { outputs }) }
                        : {
                              urn,
                              ...others,
                              ...(inputs && { inputs: told(inputs) }),
                              ...(outputs && { outputs: told(outputs) }),
                          },
            );
            await project.importState("one", { ...empty, deployment: { ...empty.deployment, resources } });
        }

        for (const [where, place] of Object.entries({
            "by KUBECONFIG": () => {
                configure({});
                return Promise.resolve({ KUBECONFIG: put("yours/config") });
            },
            "encrypted in the stack's file": async () => {
                await encrypt();
                return {};
            },
            "in another stack's output": async () => {
                await putOut();
                configure({ kubeconfig: { stack: "organization/infra/clusters", output: "one" } });
                return {};
            },
        } satisfies Record<string, () => Promise<Record<string, string>>>))
            it(`is found ${where} by the providers, where no program runs`, async () => {
                const env = { TMPDIR: temporary, ...(await place()) };
                await importState();
                const args = ["--yes", "--skip-preview", "--stack", "one"];
                await succeed(["refresh", "--expect-no-changes", ...args], { env });
                await succeed(["destroy", ...args], { env });
                assert.deepEqual(cluster.left(), nothingLeft);
                assertNoCopy();
            });
    });
});
