import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import CliTable from "cli-table3";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { kubeconfigPath } from "../../lab/paths";
import { type Cluster, LabMesh, serverOf, succeeded } from "../support/labMesh";
import { processesLeft, processesWith } from "../support/processes";
import type { Settings } from "../support/program";

/** Clusters that import from each other and come up by one pass, whatever becomes of an exporter meanwhile. */
describe("clusters that import from each other", function () {
    this.timeout(600_000);
    const table = new CliTable({
        head: ["Tried", "Exit code", "Seconds", "The importer"],
        style: { head: [], border: [] },
    });
    after(() => {
        console.log(table.toString());
    });

    for (const [what, clusters] of [
        ["a pair", ["cluster1", "cluster2"]],
        ["a ring of three", ["cluster1", "cluster2", "cluster3"]],
    ] as const)
        for (const parallel of ["", "1"])
            it(`come up by one pass: ${what}${parallel === "" ? "" : ", one step at a time"}`, async () => {
                const mesh = new LabMesh(clusters);
                try {
                    await mesh.record();
                    const env = parallel === "" ? {} : { PULUMI_PARALLEL: parallel };
                    const up = succeeded(await mesh.project.mesh(["up"], { env, limitSeconds: 500 }));
                    await allCalls(mesh);
                    table.push([
                        `${what} ${parallel && "(--parallel 1)"}`,
                        up.code,
                        up.seconds.toFixed(0),
                        "200",
                    ]);
                } finally {
                    await mesh.remove();
                }
            });

    describe("of which the exporter comes to nothing", () => {
        const importer = "cluster1";
        const exporter = "cluster2";
        const mesh = new LabMesh([importer, exporter]);
        const variable = mesh.project.backendVariable;
        const url = `http://${serverOf(exporter)}:8000/headers`;
        const broken = { dns: { image: "lab.local/coredns:nowhere" } };
        before(() => mesh.record());
        after(() => mesh.remove());

        const outputs = () => mesh.project.outputs<ClusterOutputs>(importer);
        /** The exporter behind an address where nobody is. */
        const elsewhere = (): Settings => {
            const text = fs.readFileSync(kubeconfigPath(exporter), "utf8");
            const file = path.join(mesh.project.folder, "nowhere");
            fs.writeFileSync(file, text.replace(/server: .*/, "server: https://127.0.0.1:1"));
            return {
                cluster: { ...(mesh.settings(exporter)["cluster"] as Settings), kubeconfig: "nowhere" },
            };
        };

        it("have the import pending where it is new and the exporter fails half-way", async () => {
            mesh.configure({ [exporter]: broken });
            const { code, text, seconds } = await mesh.project.mesh(["up"], { limitSeconds: 400 });
            assert.equal(code, 1, text);
            const { pendingImports, imports } = await outputs();
            // The gateway may have been ready before the failure: then the import is in place, and calls work.
            const seen = imports.length > 0 ? "in place" : `pending: ${pendingImports[0]?.reason ?? ""}`;
            table.push(["exporter fails half-way, import new", code, seconds.toFixed(0), seen]);
            assert.equal(imports.length + pendingImports.length, 1);
        });

        it("complete it by the next run", async () => {
            mesh.configure();
            await mesh.up();
            await allCalls(mesh);
            assert.equal((await outputs()).pendingImports.length, 0);
        });

        for (const [what, settings] of [
            ["fails half-way", () => broken],
            ["can't be reached", elsewhere],
        ] as const)
            it(`keep an import that is in place where the exporter ${what}`, async () => {
                const before = await outputs();
                mesh.configure({ [exporter]: settings() });
                const { code, text, seconds } = await mesh.project.mesh(["up"], { limitSeconds: 400 });
                assert.equal(code, 1, text);
                const { imports, pendingImports } = await outputs();
                assert.deepEqual(imports, before.imports);
                assert.deepEqual(pendingImports, []);
                assert.equal(await mesh.call(importer, url), "200");
                table.push([`exporter ${what}, import in place`, code, seconds.toFixed(0), "as before, 200"]);
                mesh.configure();
                await mesh.up();
            });

        it("wait no longer than two minutes for an exporter that hangs", async () => {
            const before = await outputs();
            // Something that the importer has to wait for: another place of the gateway.
            mesh.configure({ [exporter]: { gateway: { replicas: 2 } } });
            const began = Date.now();
            const child = spawn("node", ["load.js", "cli/main.ts", "up"], {
                cwd: mesh.project.folder,
                env: { ...process.env, ...mesh.project.env },
                stdio: ["ignore", "pipe", "pipe"],
            });
            let text = "";
            for (const stream of [child.stdout, child.stderr])
                stream.setEncoding("utf8").on("data", (chunk: string) => {
                    text += chunk;
                });
            const ended = new Promise<number>((resolve) => {
                child.on("close", (code) => {
                    resolve(code ?? 128);
                });
            });
            const engine = await until(() =>
                processesWith(variable).find(
                    ({ command }) =>
                        command.includes(`up --stack ${exporter}`) ||
                        (/^pulumi up/.test(command) && command.includes(exporter)),
                ),
            );
            process.kill(engine.pid, "SIGSTOP");
            const done = await until(
                () => RegExp(`${importer}[^\\n]* in (\\d+ min )?\\d+ s`).test(text),
                200,
            );
            assert.ok(done);
            const seconds = (Date.now() - began) / 1000;
            process.kill(engine.pid, "SIGCONT");
            const code = await ended;
            assert.deepEqual(await processesLeft(variable, 5), []);
            assert.deepEqual((await outputs()).imports, before.imports);
            assert.equal(await mesh.call(importer, url), "200");
            table.push(["exporter hangs, import in place", code, seconds.toFixed(0), "as before, 200"]);
            mesh.configure();
            await mesh.up();
        });
    });

    async function allCalls(mesh: LabMesh): Promise<void> {
        for (const [index, cluster] of mesh.clusters.entries()) {
            const next: Cluster = mesh.clusters[(index + 1) % mesh.clusters.length] ?? cluster;
            const seen = await mesh.call(cluster, `http://${serverOf(next)}:8000/headers`);
            assert.equal(seen, "200", `${serverOf(next)} from ${cluster}`);
        }
    }
});

/** Waits until something is there. */
async function until<T>(look: () => T | undefined | false, seconds = 60): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const found = look();
        if (found !== undefined && found !== false) return found;
        assert.ok(Date.now() < end, `not there within ${seconds} s`);
        await pause(200);
    }
}
