import { LabMesh } from "./labMesh";

/** Something to try on a mesh that is up; registers its own tests. */
export type Part = (mesh: LabMesh) => void;

/** Registers one mesh of the lab's three clusters, on which the parts go on from one another, in this order. */
export function meshOfThree(title: string, parts: readonly Part[]): void {
    describe(title, function () {
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
}
