import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { markValue, markVariable, ownMark } from "../../../cli/engine/runMark";
import { processesLeft, processesWith } from "../../support/processes";

const checkout = path.join(__dirname, "..", "..", "..");
const fake = path.join(checkout, "test", "support", "fakePulumi");

/** A `mesh` that runs with a Pulumi that only waits. */
interface Started {
    readonly mesh: ChildProcess;
    /** Name and value of a variable that all its processes have. */
    readonly variable: string;
    readonly output: { stdout: string; stderr: string };
    readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

describe("the processes of a run", function () {
    this.timeout(120_000);
    let folder: string;
    let log: string;
    const variables: string[] = [];

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-signals-"));
        log = path.join(folder, "log");
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: istio-multicluster\nruntime: nodejs\n");
        fs.writeFileSync(
            path.join(folder, "Pulumi.ca.yaml"),
            "config:\n  istio-multicluster:ca:\n    clusters: [one]\n",
        );
        fs.writeFileSync(
            path.join(folder, "Pulumi.one.yaml"),
            "config:\n  istio-multicluster:cluster: { kubeconfig: none, context: none }\n",
        );
    });
    afterEach(() => {
        for (const variable of variables.splice(0))
            for (const { pid } of processesWith(variable)) process.kill(pid, "SIGKILL");
        fs.rmSync(folder, { recursive: true, force: true });
    });

    function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
        const id = randomUUID();
        variables.push(`MESH_TEST=${id}`);
        const mesh = spawn(process.execPath, ["load.js", "cli/main.ts", ...args], {
            cwd: checkout,
            env: {
                ...process.env,
                ...env,
                PATH: `${fake}${path.delimiter}${process.env["PATH"] ?? ""}`,
                MESH_PROJECT_FOLDER: folder,
                // The stand-in has its stacks nowhere; a folder would be looked into.
                PULUMI_BACKEND_URL: "s3://stand-in",
                FAKE_LOG: log,
                MESH_TEST: id,
            },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const output = { stdout: "", stderr: "" };
        for (const name of ["stdout", "stderr"] as const)
            mesh[name].setEncoding("utf8").on("data", (text: string) => {
                output[name] += text;
            });
        const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
            mesh.on("close", (code, signal) => {
                resolve({ code, signal });
            });
        });
        return { mesh, variable: `MESH_TEST=${id}`, output, ended };
    }

    const written = () => (fs.existsSync(log) ? fs.readFileSync(log, "utf8") : "");

    /** Waits until so many fake Pulumis have begun, and returns their processes: one for each of the two stacks. */
    async function engines(count = 2): Promise<readonly number[]> {
        for (let tries = 0; tries < 1200; tries += 1) {
            const pids = [...written().matchAll(/begun by (\d+)/g)].map(([, pid]) => Number(pid));
            if (pids.length >= count) {
                // Their plugins start.
                await pause(300);
                return pids;
            }
            await pause(50);
        }
        throw new Error(`Pulumi was not started: ${written()}`);
    }

    async function assertNothingLeft({ variable }: Started): Promise<void> {
        assert.deepEqual(await processesLeft(variable, 5), []);
    }

    // One command for each signal: what they do with it is the same for all. A destroy runs the clusters first, here one.
    for (const [signal, command, count, code, reason, more] of [
        ["SIGINT", "up", 2, 130, "", " Ctrl-C again stops at once."],
        ["SIGTERM", "destroy", 1, 143, ", as SIGTERM asks", ""],
        ["SIGHUP", "preview", 2, 129, ", because the terminal was closed", ""],
    ] as const) {
        it(`end politely after ${signal} to mesh ${command}, exit code ${code}`, async () => {
            const run = start([command]);
            await engines(count);
            run.mesh.kill(signal);
            assert.deepEqual(await run.ended, { code, signal: null });
            await assertNothingLeft(run);
            const says = `Stopping${reason}: what has begun may finish, nothing new begins.${more}`;
            assert.match(run.output.stdout, new RegExp(`^${says}$`, "m"));
            assert.equal(written().match(/interrupted/g)?.length, count, "each Pulumi is asked once");
            assert.equal(run.output.stderr, "");
        });
    }

    it("take the same Ctrl-C from the terminal and from npm for one", async () => {
        const run = start(["up"]);
        await engines();
        run.mesh.kill("SIGINT");
        run.mesh.kill("SIGINT");
        assert.equal((await run.ended).code, 130);
        assert.equal(written().match(/interrupted/g)?.length, 2, "each Pulumi is asked once");
    });

    it("end at once after a second Ctrl-C, also when Pulumi does not listen", async () => {
        const run = start(["up"], { FAKE_DEAF: "1" });
        await engines();
        run.mesh.kill("SIGINT");
        await pause(500);
        run.mesh.kill("SIGINT");
        assert.equal((await run.ended).code, 130);
        await assertNothingLeft(run);
        assert.match(
            run.output.stdout,
            /^Stopping at once: what has begun is dropped\.\nStopped before the end\.$/m,
        );
    });

    it("end after the output is closed, which the error output says", async () => {
        const run = start(["up"]);
        await engines();
        run.mesh.stdout?.destroy();
        assert.equal((await run.ended).code, 141);
        await assertNothingLeft(run);
        assert.match(
            run.output.stderr,
            /^Stopping, because nothing can be written to the output any more: what has begun may finish, nothing new begins\.$/m,
        );
        assert.match(run.output.stderr, /^Stopped before the end\. The next /m);
        assert.doesNotMatch(run.output.stderr, /EPIPE| at /);
    });

    it("end when mesh is killed", async () => {
        const run = start(["up"]);
        await engines();
        run.mesh.kill("SIGKILL");
        await run.ended;
        await assertNothingLeft(run);
        for (const what of [/interrupted/g, /up finished/g])
            assert.equal(written().match(what)?.length, 2, "each Pulumi is asked to stop, and may finish");
    });

    it("are waited for by the next run while the watchdog of a killed one ends them", async () => {
        const run = start(["up"], { FAKE_MS: "4000" });
        await engines();
        run.mesh.kill("SIGKILL");
        await run.ended;
        const next = start(["outputs"]);
        assert.equal((await next.ended).code, 0, next.output.stderr);
        assert.match(next.output.stderr, /^Ending what an earlier run, which was killed, has left: /m);
        assert.deepEqual(processesWith(run.variable), []);
        assert.equal(written().match(/interrupted/g)?.length, 2, "each Pulumi is asked once");
    });

    it("end when Pulumi is killed, which is a failure", async () => {
        const run = start(["up"]);
        // A real program of the cluster would end with the certificate stack's; the one here only waits.
        for (const pid of await engines()) process.kill(pid, "SIGKILL");
        assert.equal((await run.ended).code, 1);
        await assertNothingLeft(run);
        assert.match(run.output.stdout, /Pulumi was ended by SIGKILL\./);
    });

    it("are ended by the next run when a run and its watchdog were killed; those of other projects are not", async () => {
        const run = start(["up"]);
        const pulumis = await engines();
        for (const { pid, command } of processesWith(run.variable))
            if (/main\.ts|mesh-watchdog/.test(command)) process.kill(pid, "SIGKILL");
        await run.ended;
        await pause(500);
        const wait = ["-e", "setInterval(() => undefined, 1000)", "pulumi-resource-fake"];
        const bystander = (mark: string) =>
            spawn(process.execPath, wait, { env: { ...process.env, [markVariable]: mark }, stdio: "ignore" });
        const elsewhere = { pid: 1, start: "1", folder: `${folder}-other` };
        const bystanders = [
            bystander(markValue(elsewhere, 1)),
            bystander(markValue(ownMark(folder), 1)),
            bystander("something else"),
        ];
        await pause(200);
        try {
            const next = start(["outputs"]);
            assert.equal((await next.ended).code, 0, next.output.stderr);
            const [, named = ""] =
                /^Ending what an earlier run, which was killed, has left: (.*)\.$/m.exec(
                    next.output.stderr,
                ) ?? [];
            const ended = [...named.matchAll(/node \(process (\d+)\)/g)].map(([, pid]) => Number(pid));
            // Each with its plugin.
            assert.equal(ended.length, 4, next.output.stderr);
            for (const pid of pulumis) assert.ok(ended.includes(pid), next.output.stderr);
            assert.deepEqual(processesWith(run.variable), []);
            await assertNothingLeft(next);
            assert.deepEqual(
                bystanders.map(({ exitCode, signalCode }) => [exitCode, signalCode]),
                bystanders.map(() => [null, null]),
            );
        } finally {
            for (const each of bystanders) each.kill("SIGKILL");
        }
    });

    it("leave nothing after an ordinary end, the watchdog included", async () => {
        const run = start(["outputs"]);
        assert.equal((await run.ended).code, 0, run.output.stderr);
        await assertNothingLeft(run);
    });
});
