import { imported, cutOff, exported, ReviewedMesh } from "./lab";

const host = "httpbin.bar.global";

/** A cluster has no power, and a pull request takes it out of all imports. */
export function night(): void {
    const mesh = new ReviewedMesh(["cluster1", "cluster2", "cluster3"]);
    const { hub, lab } = mesh;
    let mend: () => Promise<void> = () => Promise.resolve();

    before(() =>
        mesh.begin({
            cluster1: { imports: [imported("httpbin", "cluster2")] },
            // The same service, which nobody calls yet.
            cluster3: {
                sampleApps: {
                    sleep: { image: "lab.local/sleep:lab" },
                    httpbin: { namespace: "bar", image: "lab.local/httpbin:lab" },
                },
                exports: [exported("httpbin", { virtualAddress: "240.0.0.2" })],
                imports: [],
            },
        }),
    );
    after(async () => {
        await mend();
        mesh.end();
    });

    it("gets to another exporter by way of a pull request while a cluster is off", async () => {
        lab.check("call: before", "200", await mesh.call("cluster1", host));
        mend = await cutOff("cluster2", "all");
        const off = Date.now();
        lab.check("call: cluster2 has no power", "no answer of it", await mesh.fails("cluster1", host));
        const pull = hub.propose(1, () => {
            hub.repository.write("cluster1", { imports: [imported("httpbin", "cluster3")] });
        });
        const told = await hub.pullRequest(pull);
        mesh.job("diff", "success", told);
        console.log(told.summary);
        mesh.job("preview: cluster2 does not answer", "success", await hub.afterDiff(pull));
        console.log(hub.api.comments.at(-1)?.body);
        const commit = hub.merge(pull, "squash");
        const ran = await hub.pushed(commit);
        mesh.job("up: applied, and red, since cluster2 was left out", "failure", ran);
        lab.check("up: what failed", "Apply", ran.failedAt ?? "");
        lab.check("call: from cluster3", "200", await mesh.call("cluster1", host, "200", 60));
        const minutes = ((Date.now() - off) / 60_000).toFixed(1);
        console.log(`calls passed ${minutes} min after the power was gone, all by machines`);
        await mend();
        mend = () => Promise.resolve();
        mesh.job("up: run again with the power back", "success", await hub.pushed(commit));
        mesh.job("drift: nothing is left to do", "success", await hub.scheduled("drift", "drift"));
        lab.check("issues", "0", String(hub.api.issues.length));
    });
}
