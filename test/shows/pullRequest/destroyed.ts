import assert from "node:assert/strict";
import { objectsIn, type ReviewedMesh } from "./lab";

/** The end of the mesh. */
export function destroyed(mesh: ReviewedMesh): void {
    const { hub, lab } = mesh;

    it("is gone with the mesh, once that is approved", async () => {
        const plan = await hub.dispatched("destroy", "plan");
        mesh.job("destroy: the plan", "success", plan);
        console.log(plan.summary);
        assert.match(plan.summary, /cluster2: serves .*httpbin\.bar\.global/);
        const { environments } = hub;
        const { destroy } = environments;
        assert.ok(destroy !== undefined);
        hub.environments = { ...environments, destroy: { ...destroy, reviewers: [] } };
        const refused = await hub.dispatched("destroy", "destroy");
        mesh.job("destroy: nobody has to approve", "failure", refused);
        assert.match(refused.log, /The environment "destroy" has no required reviewers/);
        hub.environments = environments;
        mesh.job("destroy: approved", "success", await hub.dispatched("destroy", "destroy"));
        const left = (await objectsIn(["cluster1", "cluster2"])).filter((line) => !mesh.bare.includes(line));
        lab.check("objects left in both clusters", "", left.join(", "));
        lab.check("parts of secrets in logs, summaries, comments, issues", "0", String(hub.leaks().length));
    });
}
