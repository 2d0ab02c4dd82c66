import assert from "node:assert/strict";
import type { ReviewedMesh } from "./lab";
import type { PullRequest } from "./hub";

const host = "payroll.bar.global";

/** The life of one pull request: what it means, its preview, its merge, and what is applied then. */
export function life(mesh: ReviewedMesh): void {
    const { hub, lab } = mesh;
    let pull: PullRequest;

    it("says what it means, without a secret, to a fork too", async () => {
        pull = mesh.share(1, "payroll");
        const told = await hub.pullRequest(pull);
        mesh.job("diff: summary names the service", "success", told);
        assert.match(told.summary, /payroll\.bar\.global/);
        console.log(told.summary);
        // What others push to the default branch meanwhile is no change of this one, of a fork or not.
        hub.repository.push("Nothing of the mesh", () => {
            hub.repository.edit("docs/operations.md", (text) => `${text}\n`);
        });
        const again = await hub.pullRequest({ ...pull, owner: "mallory" });
        mesh.job("diff: as a fork's, after another push to main", "success", again);
        lab.check(
            "diff: what it says then",
            "the same",
            again.summary === told.summary ? "the same" : again.summary,
        );
    });

    it("is previewed with credentials in one comment, wherever that is", async () => {
        hub.api.add(1, "mallory", "<!-- istio-multicluster: mesh preview of prod -->\nlooks good");
        for (let index = 0; index < 230; index++) hub.api.add(1, "somebody", `comment ${index}`);
        hub.api.tooMany = 1;
        mesh.job("preview: comments", "success", await hub.afterDiff(pull));
        mesh.job("preview: run again", "success", await hub.afterDiff(pull));
        const own = hub.api.comments.filter(({ user }) => user === hub.api.login);
        lab.check("preview: own comments of 232", "1", String(own.length));
        console.log(own[0]?.body);
        assert.match(own[0]?.body ?? "", /\*\*mesh up would change cluster1, cluster2\.\*\*/);
    });

    it("is applied as reviewed once it is merged", async () => {
        lab.check("call before: payroll.bar.global", "no answer of it", await mesh.fails("cluster1", host));
        const commit = hub.merge(pull, "merge");
        const ran = await hub.pushed(commit);
        mesh.job("up: after a merge commit", "success", ran);
        assert.match(ran.log, /As reviewed in pull request 1\./);
        lab.check("call after: payroll.bar.global", "200", await mesh.call("cluster1", host));
    });
}
