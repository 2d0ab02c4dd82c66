import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { TemporaryProject } from "../support/engine";
import { type LeftProcess, processesLeft, processesWith } from "../support/processes";
import { configureSilent, silentCluster } from "../support/silentCluster";

/** Processes that plain Pulumi leaves for up to five minutes: its own. */
const isPulumis = ({ command }: LeftProcess) => /pulumi-(language|resource-(kubernetes|tls))/.test(command);

describe("a killed command with the real engine", function () {
    this.timeout(300_000);
    let project: TemporaryProject;
    let server: Server;
    let variable: string;

    before(async () => {
        server = await silentCluster();
        project = new TemporaryProject();
        variable = project.backendVariable;
        configureSilent(project, server);
        const up = await project.mesh(["up"]);
        assert.match(up.text, /can't be reached/);
    });
    after(() => {
        for (const { pid } of processesWith(variable)) process.kill(pid, "SIGKILL");
        server.close();
        project.remove();
    });

    /** Starts a command, and waits until its program asks the cluster. */
    async function start(file: string, args: readonly string[]): Promise<{ ended: Promise<number | null> }> {
        const child = spawn(file, args, {
            cwd: project.folder,
            env: { ...process.env, ...project.env },
            stdio: "ignore",
        });
        const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
        for (let tries = 0; find(/^kubectl /) === undefined; tries += 1) {
            assert.ok(tries < 600, "the program asks the cluster");
            await pause(100);
        }
        return { ended };
    }

    const find = (command: RegExp) => processesWith(variable).find((each) => command.test(each.command))?.pid;

    function kill(command: RegExp, signal: NodeJS.Signals): void {
        const pid = find(command);
        assert.ok(pid !== undefined, String(command));
        process.kill(pid, signal);
    }

    for (const [what, process, signal, code] of [
        ["killed mesh", /cli\/main\.ts/, "SIGKILL", null],
        ["mesh whose terminal is closed", /cli\/main\.ts/, "SIGHUP", 129],
        ["killed Pulumi", /^pulumi up/, "SIGKILL", 1],
    ] as const) {
        it(`leaves no process of a ${what}`, async () => {
            const { ended } = await start("node", ["load.js", "cli/main.ts", "up"]);
            kill(process, signal);
            assert.equal(await ended, code);
            assert.deepEqual(await processesLeft(variable, 10), []);
        });
    }

    it("lets the next run go on", async () => {
        const again = await project.mesh(["up"]);
        assert.equal(again.code, 1);
        assert.match(again.text, /can't be reached/);
    });

    it("ends the program, its providers and kubectl when plain Pulumi is killed", async () => {
        const args = ["up", "--yes", "--skip-preview", "--stack", "one", "--non-interactive"];
        const { ended } = await start("pulumi", args);
        kill(/^pulumi up/, "SIGKILL");
        await ended;
        await pause(4000);
        assert.deepEqual(
            processesWith(variable).filter((each) => !isPulumis(each)),
            [],
        );
    });
});
