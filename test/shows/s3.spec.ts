import assert from "node:assert/strict";
import * as os from "node:os";
import { gatewayAsking, startRoll } from "../support/gatewayRoll";
import type { Ended } from "../support/engine";
import { killAll } from "../support/killed";
import { LabMesh, serverOf, succeeded } from "../support/labMesh";
import { oneCluster as cluster } from "../support/oneCluster";
import { processesLeft } from "../support/processes";
import type { Settings } from "../support/program";
import { S3Server } from "../support/s3";

/** A mesh whose states are in a bucket, on which runners of several machines work. */
describe("a mesh whose states are on an S3 server", function () {
    this.timeout(600_000);
    this.bail(true);
    const lab = new LabMesh([cluster]);
    const { project } = lab;
    const mesh = (args: readonly string[]) => project.mesh(args, { limitSeconds: 280 });
    let own: Settings = { imports: [] };
    let milliCpu = 10;
    let s3: S3Server;
    let variable: string;

    before(async () => {
        s3 = await S3Server.start();
        project.useBackend(s3.variables);
        variable = project.backendVariable;
        lab.configure({ [cluster]: own });
        await lab.record();
    });
    after(async () => {
        console.log(lab.table());
        killAll(variable);
        lab.configure({ [cluster]: own });
        await lab.remove();
        await s3.stop();
    });

    it("is previewed without a word to the bucket, before it is made and after", async () => {
        await writesNothing("a preview of a new mesh", ["preview"], /\d+ to be created/);
        succeeded(await mesh(["up"]));
        lab.check("a call", "200", await called());
        await writesNothing(
            "a preview of a mesh that is up",
            ["preview"],
            new RegExp(`^${cluster}: no change$`, "m"),
        );
        await writesNothing(
            "one that reads the cluster",
            ["preview", "--refresh"],
            new RegExp(`^${cluster}: no change$`, "m"),
        );
    });

    it("says to a second writer who is at it, and lets him write afterwards", async () => {
        const first = await begin();
        const second = await mesh(["up"]);
        const sentence = lockIn(second, cluster);
        const runs = new RegExp(`of \\S+ on ${os.hostname()}, since \\S+\\. It is running\\.$`);
        lab.check(
            "a second mesh up meanwhile",
            "refused: running",
            runs.test(sentence) ? "refused: running" : second.text,
        );
        lab.check("the first mesh up", "exit code 0", `exit code ${await first.ended}`);
        const again = succeeded(await mesh(["up"]));
        lab.check(
            "the second mesh up again",
            "no change",
            /Nothing changed/.test(again.text) ? "no change" : again.text,
        );
    });

    it("goes on at once where the runner that was killed was this machine", async () => {
        await begin();
        await lose();
        const next = succeeded(await mesh(["up"]));
        assert.match(next.text, /unlocked: process \d+ of an earlier run ended without unlocking it/);
        await isWhole("the next mesh up", next.seconds);
    });

    it("goes on after an explicit step where the runner that was killed was another machine", async () => {
        await begin(["unshare", "--uts", "sh", "-c", 'hostname runner-1 && exec "$@"', "sh"]);
        await lose();
        const began = Date.now();
        let next = await mesh(["up"]);
        const locked = lockIn(next, cluster);
        assert.match(
            locked,
            /on runner-1, since \S+\. Whether it still runs can't be seen from this machine\.$/,
        );
        console.log(locked);
        // The certificates' stack may have been at work too.
        for (let left = 2; left > 0 && next.text.includes("is locked by another run"); left--) {
            const command = /pulumi cancel --yes --stack \w+/.exec(next.text)?.[0] ?? "";
            console.log(command);
            succeeded(await project.run("sh", ["-ec", command]));
            next = await mesh(["up"]);
        }
        succeeded(next);
        await isWhole("mesh up, pulumi cancel, mesh up", (Date.now() - began) / 1000);
    });

    const called = () => lab.call(cluster, `http://${serverOf(cluster)}:8000/headers`);

    async function writesNothing(what: string, args: readonly string[], said: RegExp): Promise<void> {
        const before = s3.listing();
        assert.match(succeeded(await mesh(args)).text, said);
        const same = JSON.stringify(s3.listing()) === JSON.stringify(before);
        lab.check(
            `${what}: the bucket's ${before.length} objects`,
            "as before",
            same ? "as before" : s3.listing().join(),
        );
    }

    /** Starts an update that rolls the gateway, and waits until it does. */
    function begin(through: readonly string[] = []): ReturnType<typeof startRoll> {
        own = { ...own, ...gatewayAsking((milliCpu += 1)) };
        lab.configure({ [cluster]: own });
        return startRoll(project, cluster, [...through, "node", "load.js", "cli/main.ts", "up"]);
    }

    /** Kills all of a run at once, as a machine that loses its power. */
    async function lose(): Promise<void> {
        assert.ok(killAll(variable).includes("pulumi"));
        assert.deepEqual(await processesLeft(variable, 10), []);
        const locks = s3.listing().filter((line) => line.startsWith(".pulumi/locks/"));
        console.log(`killed; the bucket has ${locks.join(", ")}`);
        assert.notDeepEqual(locks, []);
    }

    async function isWhole(what: string, seconds: number): Promise<void> {
        console.log(
            `${what}: ${seconds.toFixed(0)} s (${(seconds / 60).toFixed(1)} min) from the kill to a good end`,
        );
        lab.check(`${what}: a call`, "200", await called());
        const refreshed = await mesh(["preview", "--refresh", "--expect-no-changes"]);
        lab.check(`${what}: state and cluster`, "agree", refreshed.code === 0 ? "agree" : refreshed.text);
        const locks = s3.listing().filter((line) => line.startsWith(".pulumi/locks/"));
        lab.check(`${what}: locks`, "none", locks.join() || "none");
    }
});

/** The sentence by which a run is refused whose stack another one has locked. */
function lockIn({ text }: Ended, stack: string): string {
    const start = `Stack "${stack}" is locked by another run`;
    return (
        text
            .split("\n")
            .find((line) => line.includes(start))
            ?.trim() ?? ""
    );
}
