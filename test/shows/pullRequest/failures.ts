import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Settings } from "../../support/program";
import { onCluster } from "../../support/cluster";
import type { PullRequest } from "./hub";
import { cutOff, exported, imported, ReviewedMesh } from "./lab";

/** Pull requests that don't go as they should. */
export function failures(): void {
    const mesh = new ReviewedMesh(["cluster1", "cluster2"]);
    const { hub, lab } = mesh;
    /** What mends what was broken. */
    let mend: () => Promise<void> = () => Promise.resolve();

    before(() => mesh.begin({ cluster1: { imports: [imported("httpbin", "cluster2")] } }));
    after(async () => {
        await mend();
        await mesh.end();
    });

    for (const { cluster, number, service } of [
        { cluster: "cluster1", number: 1, service: "payroll" },
        { cluster: "cluster2", number: 2, service: "ledger" },
    ] as const)
        it(`are applied by a second run where ${cluster} can't be reached in the middle of the first`, async () => {
            const pull = proposed(number, service);
            mesh.job(`preview: ${service}`, "success", await hub.afterDiff(pull));
            const commit = hub.merge(pull, "merge");
            const running = watched("Apply", () => hub.pushed(commit));
            // The exporter's alias is there, and with it the update is in its middle.
            await running.begun;
            await until(() => isThere("cluster2", "bar", `${service}.bar.global`));
            mend = await cutOff(cluster, "api");
            const failed = await running.ended;
            mesh.job(`up: ${cluster}'s API is gone in the middle`, "failure", failed);
            console.log(failed.log.slice(-3000));
            lab.check("up: where it failed", "Apply", failed.failedAt ?? "");
            await mend();
            mend = () => Promise.resolve();
            const again = await hub.pushed(commit);
            mesh.job("up: run again", "success", again);
            assert.match(again.log, RegExp(`As reviewed in pull request ${number}\\.`));
            lab.check(`call: ${service}`, "200", await mesh.call("cluster1", `${service}.bar.global`));
        });

    it("are refused where the comment that was reviewed is forged", async () => {
        const pull = proposed(3, "forged");
        mesh.job("preview: forged", "success", await hub.afterDiff(pull));
        const own = hub.api.comments.find(({ number, user }) => number === 3 && user === hub.api.login);
        assert.ok(own !== undefined);
        const { body } = own;
        const commit = hub.merge(pull, "squash");
        const words = /is not of its last commit .*, or not signed by this key, or was changed/;
        const refused = async (what: string) => {
            const ran = await hub.pushed(commit);
            mesh.job(`up: ${what}`, "failure", ran);
            assert.match(ran.log, words);
        };
        own.body = body.replace("cluster1, cluster2", "cluster1");
        await refused("somebody has edited the comment's words");
        hub.api.comments.splice(hub.api.comments.indexOf(own), 1);
        hub.api.add(3, "mallory", body);
        await refused("the very comment, of another author");
        hub.api.add(3, hub.api.login, body);
        const ran = await hub.pushed(commit);
        mesh.job("control: the comment as it was", "success", ran);
        lab.check("call: forged", "200", await mesh.call("cluster1", "forged.bar.global"));
        lab.check("parts of secrets in logs, summaries, comments, issues", "0", String(hub.leaks().length));
    });

    function proposed(number: number, service: string): PullRequest {
        return hub.propose(number, () => {
            for (const [stack, key, entry] of [
                ["cluster2", "exports", exported(service)],
                ["cluster1", "imports", imported(service, "cluster2")],
            ] as const) {
                const { [key]: entries = [] } = hub.repository.read(stack) as Record<string, Settings[]>;
                hub.repository.write(stack, { [key]: [...entries, entry] });
            }
        });
    }

    /** A job, and when one of its steps begins. */
    function watched<T>(step: string, start: () => Promise<T>) {
        let begin: () => void = () => undefined;
        const begun = new Promise<void>((resolve) => {
            begin = resolve;
        });
        hub.onStep = (name) => {
            if (name === step) begin();
        };
        const ended = start().finally(() => {
            hub.onStep = () => undefined;
        });
        return { begun: Promise.race([begun, ended]), ended };
    }
}

async function isThere(cluster: string, namespace: string, host: string): Promise<boolean> {
    const hosts = await onCluster(cluster, [
        ...["get", "serviceentry", "-n", namespace, "-o", "jsonpath={.items[*].spec.hosts[*]}"],
    ]);
    return hosts.split(" ").includes(host);
}

async function until(isTime: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 120_000; !(await isTime()) && Date.now() < end;) await pause(200);
}
