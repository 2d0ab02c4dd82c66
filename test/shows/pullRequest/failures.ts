import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { onCluster } from "../../support/cluster";
import { cutOff, type ReviewedMesh } from "./lab";

/** Pull requests that don't go as they should. */
export function failures(mesh: ReviewedMesh): void {
    const { hub, lab } = mesh;
    /** What mends what was broken. */
    let mend: () => Promise<void> = () => Promise.resolve();

    after(() => mend());

    for (const { cluster, number, service } of [
        { cluster: "cluster1", number: 5, service: "accounts" },
        { cluster: "cluster2", number: 6, service: "ledger" },
    ] as const)
        it(`are applied by a second run where ${cluster} can't be reached in the middle of the first`, async () => {
            const pull = mesh.share(number, service);
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
        const pull = mesh.share(7, "forged");
        mesh.job("preview: forged", "success", await hub.afterDiff(pull));
        const own = hub.api.comments.find(({ number, user }) => number === 7 && user === hub.api.login);
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
        hub.api.add(7, "mallory", body);
        await refused("the very comment, of another author");
        hub.api.add(7, hub.api.login, body);
        const ran = await hub.pushed(commit);
        mesh.job("control: the comment as it was", "success", ran);
        lab.check("call: forged", "200", await mesh.call("cluster1", "forged.bar.global"));
    });

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
