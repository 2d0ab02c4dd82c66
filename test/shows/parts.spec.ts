import { certificates } from "./parts/certificates";
import { failover } from "./parts/failover";
import { gateways } from "./parts/gateways";
import { joining } from "./parts/joining";
import { security } from "./parts/security";
import { LabMesh } from "../support/labMesh";

/** The parts that take long, in the order in which they go on from one another. */
const parts = [gateways, joining, failover, certificates, security];

describe("a mesh of the lab's three clusters, the long parts", function () {
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
