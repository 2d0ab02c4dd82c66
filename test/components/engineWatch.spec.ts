import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import * as path from "node:path";
import { startOf } from "../../cli/engine/processes";
import { engineAddress } from "../../components/engineWatch";

describe("the watch over the engine", function () {
    this.timeout(60_000);

    it("finds the engine's address in the program and in a provider, and none elsewhere", () => {
        const address = { host: "127.0.0.1", port: 4711 };
        assert.deepEqual(engineAddress(["node", "run"], { PULUMI_NODEJS_ENGINE: "127.0.0.1:4711" }), address);
        assert.deepEqual(engineAddress(["node", "host", "127.0.0.1:4711"], {}), address);
        assert.deepEqual(engineAddress(["node", "host", "[::1]:4711"], {}), { host: "::1", port: 4711 });
        assert.equal(engineAddress(["node", "mocha", "a.spec.ts"], {}), undefined);
    });

    it("ends a program whose engine goes, and what it asks of the cluster, but not before", async () => {
        const engine = createServer((socket) => socket.destroy());
        await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
        const { port } = engine.address() as AddressInfo;
        // As Pulumi's SDK does: a failure is reported, which fails and is reported.
        const program = `
            const { endWithEngine } = require("./components/engineWatch");
            const { endWithThisProcess } = require("./kube/children");
            endWithEngine();
            const report = () => setImmediate(() => Promise.reject(new Error("gone")));
            process.on("unhandledRejection", report);
            report();
            const child = require("node:child_process").spawn("sleep", ["300"], { stdio: "ignore" });
            endWithThisProcess(child);
            console.log(child.pid);`;
        const run = spawn(process.execPath, ["--require", "./load.js", "-e", program], {
            cwd: path.join(__dirname, "..", ".."),
            env: { ...process.env, PULUMI_NODEJS_ENGINE: `127.0.0.1:${port}` },
            stdio: ["ignore", "pipe", "inherit"],
        });
        try {
            const child = await new Promise<number>((resolve) =>
                run.stdout.once("data", (data: Buffer) => {
                    resolve(Number(data.toString()));
                }),
            );
            await new Promise((resolve) => setTimeout(resolve, 3000));
            assert.equal(run.exitCode, null, "it goes on while the engine is there");
            const ended = new Promise((resolve) => run.once("exit", resolve));
            engine.close();
            assert.equal(await ended, 1);
            await new Promise((resolve) => setTimeout(resolve, 200));
            assert.equal(startOf(child), undefined);
        } finally {
            run.kill("SIGKILL");
            engine.close();
        }
    });
});
