import { changes } from "../cluster/parts/changes";
import { LabMesh } from "../support/labMesh";

/** Every kind of change: what a preview says is what the update then does, by `mesh` and by plain Pulumi. */
describe("a mesh that is changed in every way", function () {
    this.timeout(600_000);
    const mesh = new LabMesh(["cluster1", "cluster2", "cluster3"]);

    before(() => mesh.record());

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
    });

    it("comes up with one command", () => mesh.up());

    changes(mesh, true);
});
