import { type LabMesh, serverOf } from "../../support/labMesh";

/** Clusters that import from each other in a circle. */
export function cycle(mesh: LabMesh): void {
    describe("in a circle", () => {
        it("carries calls from each cluster to the next", async () => {
            for (const [index, cluster] of mesh.clusters.entries()) {
                const next = mesh.clusters[(index + 1) % mesh.clusters.length] ?? cluster;
                const url = `http://${serverOf(next)}:8000/headers`;
                mesh.check(`${serverOf(next)} from ${cluster}`, "200", await mesh.call(cluster, url));
            }
        });
    });
}
