import assert from "node:assert/strict";
import { LabMesh } from "../support/labMesh";
import { certificates } from "./parts/certificates";
import { cycle } from "./parts/cycle";
import { dns } from "./parts/dns";
import { egress } from "./parts/egress";
import { failover } from "./parts/failover";
import { gateways } from "./parts/gateways";
import { joining } from "./parts/joining";
import { security } from "./parts/security";

/** Each tries its own on the same mesh; they go on from one another, in this order. */
const parts = { cycle, egress, dns, gateways, joining, failover, certificates, security };

/** The parts to try, `PARTS=cycle,egress`; all of them take half an hour. */
const chosen = process.env["PARTS"]?.split(",") ?? Object.keys(parts);

describe("a mesh of the lab's three clusters", function () {
    this.timeout(300_000);
    const mesh = new LabMesh(["cluster1", "cluster2", "cluster3"]);

    before(() => {
        const unknown = chosen.filter((name) => !(name in parts));
        assert.deepEqual(unknown, [], `PARTS may name ${Object.keys(parts).join(", ")}`);
        return mesh.record();
    });

    after(async () => {
        console.log(mesh.table());
        await mesh.remove();
    });

    it("comes up with one command", () => mesh.up());

    for (const [name, part] of Object.entries(parts)) if (chosen.includes(name)) part(mesh);
});
