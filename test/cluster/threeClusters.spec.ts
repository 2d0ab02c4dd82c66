import { LabMesh } from "../support/labMesh";
import { cycle } from "./parts/cycle";
import { dns } from "./parts/dns";
import { egress } from "./parts/egress";

/** One mesh of three clusters, on which each part tries its own; they go on from one another, in this order. */
const parts = [cycle, egress, dns];

describe("a mesh of the lab's three clusters", function () {
    this.timeout(300_000);
    const mesh = new LabMesh(["cluster1", "cluster2", "cluster3"]);

    before(() => mesh.record());

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
    });

    it("comes up with one command", () => mesh.up());

    for (const part of parts) part(mesh);
});
