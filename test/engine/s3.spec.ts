import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import * as os from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { type Ended, TemporaryProject } from "../support/engine";
import { killAll } from "../support/killed";
import { processesLeft, processesWith } from "../support/processes";
import { S3Server } from "../support/s3";
import { configureSilent, silentCluster } from "../support/silentCluster";

describe("states on an S3 server, with two people at once", function () {
    this.timeout(400_000);
    const project = new TemporaryProject();
    let s3: S3Server;
    /** Takes connections only while a run is to be caught asking: one that is refused is done sooner. */
    let silent: Server;
    let port: number;
    let variable: string;

    before(async () => {
        s3 = await S3Server.start();
        project.useBackend(s3.variables);
        variable = project.backendVariable;
        silent = await silentCluster();
        configureSilent(project, silent);
        ({ port } = silent.address() as AddressInfo);
        silent.close();
    });
    after(async () => {
        killAll(variable);
        await s3.stop();
        project.remove();
    });

    /** Starts `mesh up`, and waits until the program of the cluster's stack asks the cluster. */
    async function begin(file: string, args: readonly string[]): Promise<void> {
        silent.listen(port, "127.0.0.1");
        await once(silent, "listening");
        const child = spawn(file, args, {
            cwd: project.folder,
            env: { ...process.env, ...project.env },
            stdio: "ignore",
        });
        child.unref();
        for (let tries = 0; engine() === undefined || !isAsking(); tries += 1) {
            assert.ok(tries < 900, "the program asks the cluster");
            await pause(100);
        }
    }

    const isAsking = () => processesWith(variable).some(({ command }) => command.startsWith("kubectl "));
    const engine = () =>
        processesWith(variable).find(({ command }) => /^pulumi up .*--stack one\b/.test(command))?.pid;

    /** Kills all of a run at once, as a machine that loses its power. */
    async function lose(): Promise<void> {
        silent.close();
        assert.notDeepEqual(killAll(variable), []);
        assert.deepEqual(await processesLeft(variable, 10), []);
    }

    const lines = ({ text }: Ended) => text.split("\n").map((line) => line.trim());

    it("are kept there, their secrets encrypted", async () => {
        const up = await project.mesh(["up"]);
        assert.match(up.text, /ca: 5 created in/);
        const names = s3.listing().map((line) => line.replace(/ \d+$/, ""));
        assert.ok(names.includes(".pulumi/stacks/istio-multicluster/ca.json"), names.join("\n"));
        assert.deepEqual(project.stateFiles().size, 0);
        const state = JSON.stringify(await project.state("ca"));
        assert.match(state, /ciphertext/);
        assert.doesNotMatch(state, /PRIVATE KEY/);
    });

    it("say who is at it, that the run lives, and let the other wait", async () => {
        const mesh = ["load.js", "cli/main.ts", "up"];
        await begin("node", mesh);
        const pid = engine();
        const second = await project.mesh(["up"]);
        const sentence = lines(second).find((line) => line.includes("is locked by another run"));
        assert.ok(pid !== undefined && sentence !== undefined, second.text);
        assert.match(
            sentence,
            new RegExp(
                `Stack "one" is locked by another run: process ${pid} of \\S+ on ${os.hostname()}, since`,
            ),
        );
        assert.match(sentence, / It is running\.$/);
        assert.match(second.text, /^Next: Wait for it to end\./m);
        await lose();
    });

    it("are unlocked by the next run after one of this machine was killed", async () => {
        const next = await project.mesh(["up"]);
        assert.match(next.text, /unlocked: process \d+ of an earlier run ended without unlocking it/);
        assert.doesNotMatch(next.text, /is locked by another run/);
    });

    it("stay locked after a run of another machine was killed, until somebody says that it is gone", async () => {
        const mesh = "hostname elsewhere && exec node load.js cli/main.ts up";
        await begin("unshare", ["--uts", "sh", "-c", mesh]);
        await lose();
        const sentence =
            /Stack "(?:ca|one)" is locked by another run: process \d+ of \S+ on elsewhere, since \S+\. Whether it still runs can't be seen from this machine\./;
        let next = await project.mesh(["up"]);
        assert.match(next.text, sentence);
        // The certificates' stack may have been at work too.
        for (let stacks = 2; stacks > 0 && sentence.test(next.text); stacks--) {
            const command = /pulumi cancel --yes --stack \w+/.exec(next.text)?.[0];
            assert.ok(command !== undefined, next.text);
            await project.run("sh", ["-ec", command]);
            next = await project.mesh(["up"]);
        }
        assert.doesNotMatch(next.text, /locked/);
        assert.match(next.text, /can't be reached/);
    });
});
