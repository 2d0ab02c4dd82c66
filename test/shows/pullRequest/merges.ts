import assert from "node:assert/strict";
import { exported, imported, type ReviewedMesh } from "./lab";
import type { PullRequest } from "./hub";
import type { Settings } from "../../support/program";

/** Pull requests that meet each other on their way. */
export function merges(mesh: ReviewedMesh): void {
    const { hub, lab } = mesh;

    it("are applied both where they are merged back to back", async () => {
        const both = (
            [
                [2, "first", "squash"],
                [3, "last", "rebase"],
            ] as const
        ).map(([number, service, way]) => ({
            pull: mesh.share(number, service, service),
            service,
            way,
        }));
        for (const { pull } of both) await reviewed(pull);
        // Both are merged before the first is applied.
        const commits = both.map(({ pull, way }) => hub.merge(pull, way));
        for (const [index, { way, service, pull }] of both.entries()) {
            const ran = await hub.pushed(commits[index] ?? "");
            mesh.job(`up: ${service}, by ${way}`, "success", ran);
            assert.match(ran.log, RegExp(`As reviewed in pull request ${pull.number}\\.`));
            lab.check(`call: ${service}`, "200", await mesh.call("cluster1", `${service}.bar.global`));
        }
    });

    it("are stopped and led on where what they do has changed in between", async () => {
        const pull = hub.propose(4, () => {
            mesh.add("cluster1", "imports", imported("late", "cluster2"));
        });
        await reviewed(pull);
        // Somebody changes the exporter's port, with no pull request, and applies it.
        const direct = hub.repository.push("Another port", () => {
            const { exports } = hub.repository.read("cluster2") as { exports: readonly Settings[] };
            const moved = exports.map((each) =>
                each["service"] === "late" ? exported("late", { ports: [{ ...port, number: 8001 }] }) : each,
            );
            hub.repository.write("cluster2", { exports: moved });
        });
        const unreviewed = await hub.pushed(direct);
        mesh.job("up: a push with no pull request", "failure", unreviewed);
        assert.match(unreviewed.log, /came with no pull request/);
        mesh.job("up: the same by hand", "success", await hub.dispatched("up", "up", { commit: direct }));
        const commit = hub.merge(pull, "merge");
        const stopped = await hub.pushed(commit);
        mesh.job("up: its import would be another one now", "failure", stopped);
        lab.check(
            "up: where it stopped",
            "Compare with what was reviewed, 4",
            `${stopped.failedAt}, ${stopped.code}`,
        );
        console.log(stopped.summary);
        assert.match(stopped.log, /- cluster1: create ServiceEntry late\.bar\.global-import-entry/);
        lab.check(
            "call: late.bar.global",
            "no answer of it",
            await mesh.fails("cluster1", "late.bar.global"),
        );
        const led = await hub.dispatched("up", "up", { commit });
        mesh.job("up: led on, by hand with this commit", "success", led);
        const url = "http://late.bar.global:8001/status/200";
        lab.check("call: late.bar.global:8001", "200", await lab.call("cluster1", url));
    });

    const port = { name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" };

    async function reviewed(pull: PullRequest): Promise<void> {
        mesh.job(`preview: pull request ${pull.number}`, "success", await hub.afterDiff(pull));
    }
}
