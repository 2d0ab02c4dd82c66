import assert from "node:assert/strict";
import { foreignImports, type Place, sharedClusters } from "../../../lib/mesh/membership";

describe("foreignImports", () => {
    it("finds the imports from clusters that the mesh does not have", () => {
        const imports = [["east"], ["esat"], ["certificates"], ["west", "wset"]].map((from) => ({ from }));
        assert.deepEqual(foreignImports(imports, { caStack: "certificates", clusters: ["west", "east"] }), [
            "imports[1].from is esat, but the mesh has only east, west; correct it, or add esat to ca.clusters in " +
                "Pulumi.certificates.yaml",
            "imports[3].from names wset, but the mesh has only east, west; correct it, or add wset to ca.clusters in " +
                "Pulumi.certificates.yaml",
        ]);
    });

    it("says nothing while the certificate stack says nothing", () => {
        assert.deepEqual(foreignImports([{ from: ["any"] }], { caStack: "ca", clusters: [] }), []);
    });
});

describe("sharedClusters", () => {
    const place = (stack: string, kubeconfig: string, context: string): Place => ({
        stack,
        file: `Pulumi.${stack}.yaml`,
        kubeconfig,
        where: `/home/me/${kubeconfig}`,
        context,
    });

    it("finds other stacks with the same kubeconfig and context, and not the stack itself", () => {
        const own = place("east", "kubeconfig", "one");
        const others = [
            own,
            place("west", "kubeconfig", "two"),
            place("north", "other", "one"),
            { ...place("south", "/home/me/kubeconfig", "one"), where: "/home/me/kubeconfig" },
        ];
        assert.deepEqual(sharedClusters(own, others), [
            "cluster is context one of kubeconfig, and so it is in Pulumi.south.yaml; two stacks can't share a cluster, " +
                "so correct one of the two",
        ]);
    });
});
