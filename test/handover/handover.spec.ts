import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { HandoverClient } from "../../handover/client";
import type { Patience } from "../../handover/ledger";
import { Handover } from "../../handover/server";
import { handoverVariable, type RunDeclarations } from "../../lib/mesh/handover";
import type { GatewayAddress } from "../../lib/mesh/contract";

const run: RunDeclarations = {
    command: "up",
    stacks: { cluster1: { cluster: { context: "a" } }, cluster2: { cluster: { context: "b" } } },
    teams: {},
};
const gateway: GatewayAddress = { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 };
const host = "httpbin.bar.global";

describe("the hand-over between the programs of one command", () => {
    let handover: Handover;
    let client: HandoverClient;

    async function open(patience?: Patience): Promise<void> {
        handover = await Handover.open(run, patience);
        const found = await HandoverClient.find({ [handoverVariable]: handover.socket });
        assert.ok(found);
        client = found;
    }

    afterEach(() => {
        handover.close();
    });

    it("gives every program the declarations that the command has read", async () => {
        await open();
        assert.deepEqual(client.run, run);
    });

    it("lets an importer wait until the exporter serves the host", async () => {
        await open();
        const asked = client.whereabouts("cluster2", host, "cluster1");
        await client.tell("cluster2", { hosts: ["other.bar.global"], gateway });
        assert.equal(await Promise.race([asked, pause(100, "waits")]), "waits");
        await client.tell("cluster2", { hosts: [host], gateway });
        assert.deepEqual(await asked, { state: "served", gateway });
    });

    it("lets a cluster wait until the certificate stack's run is over, and says how it ended", async () => {
        await open();
        for (const isGood of [true, false]) {
            const stack = isGood ? "cluster1" : "cluster2";
            const asked = client.endedWell(stack);
            assert.equal(await Promise.race([asked, pause(100, "waits")]), "waits");
            handover.ended(stack, `${stack}'s up has ended`, isGood);
            assert.equal(await asked, isGood);
        }
        assert.equal(await client.endedWell("run by nobody"), true);
    });

    it("says that a preview can't know the place", async () => {
        await open();
        await client.tell("cluster2", { hosts: [host], gateway: null });
        assert.deepEqual(await client.whereabouts("cluster2", host, "cluster1"), { state: "unknown" });
    });

    it("ends the wait with the exporter's run", async () => {
        await open();
        const asked = client.whereabouts("cluster2", host, "cluster1");
        handover.ended("cluster2", "cluster2's up failed", false);
        assert.deepEqual(await asked, { state: "given up", reason: "cluster2's up failed" });
    });

    it("ends the wait when the command is gone", async () => {
        await open();
        const asked = client.whereabouts("cluster2", host, "cluster1");
        await pause(50);
        handover.close();
        assert.deepEqual(await asked, {
            state: "given up",
            reason: "the mesh command that ran both stacks has ended",
        });
    });

    it("gives up an exporter in which nothing moves, and not one in which something does", async () => {
        await open({ silentMs: 1500, longestMs: 60_000 });
        const asked = client.whereabouts("cluster2", host, "cluster1");
        for (let step = 0; step < 4; step++) {
            await pause(700);
            handover.progressed("cluster2");
        }
        assert.equal(await Promise.race([asked, pause(100, "waits")]), "waits");
        assert.deepEqual(await asked, {
            state: "given up",
            reason: "nothing has moved in cluster2 for 2 seconds",
        });
    });

    it("knows no stack that the command does not run", async () => {
        await open();
        assert.deepEqual(await client.whereabouts("cluster3", host, "cluster1"), {
            state: "given up",
            reason: "cluster3 is not run by this command",
        });
    });

    it("passes on what the certificates' preview foresees", async () => {
        await open();
        assert.equal(await client.foreseen("cluster1"), undefined);
        await client.foresee("cluster1", { renewed: true, trustBundlePem: null });
        assert.deepEqual(await client.foreseen("cluster1"), { renewed: true, trustBundlePem: null });
    });

    it("can be entered by this user alone, and leaves nothing behind", async () => {
        await open();
        const folder = path.dirname(handover.socket);
        assert.equal(fs.statSync(folder).mode & 0o077, 0);
        handover.close();
        assert.equal(fs.existsSync(folder), false);
    });

    it("takes away what a command that was killed has left, and nothing of one that runs", async () => {
        const ended = spawn("true");
        await new Promise((resolve) => ended.once("close", resolve));
        const prefix = path.join(os.tmpdir(), "istio-multicluster-run-");
        const [left, running] = [ended.pid ?? 0, process.ppid].map((pid) =>
            fs.mkdtempSync(`${prefix}${pid}-`),
        );
        await open();
        assert.equal(fs.existsSync(left ?? ""), false);
        assert.equal(fs.existsSync(running ?? ""), true);
        fs.rmSync(running ?? "", { recursive: true });
    });
});

describe("a program that no mesh command runs", () => {
    it("has no hand-over", async () => {
        assert.equal(await HandoverClient.find({}), undefined);
    });
});
