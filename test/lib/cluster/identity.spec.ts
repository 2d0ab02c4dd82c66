import assert from "node:assert/strict";
import { judgeIdentity } from "../../../lib/cluster/identity";

describe("the cluster that a context leads to", () => {
    const place = { stack: "a", context: "ctx", kubeconfig: "~/config" };
    const old = { uid: "old", server: "https://old", ca: "1" };
    const judge = (recorded?: typeof old, now?: typeof old, wanted?: string) =>
        judgeIdentity(place, recorded, now, wanted);

    it("is the one of the last update, or one of which nothing is known", () => {
        const nothing = { problems: [], warnings: [] };
        assert.deepEqual(judge(old, old), nothing);
        assert.deepEqual(judge(undefined, old), nothing);
        assert.deepEqual(judge(old, undefined), nothing);
        // A new address of the same cluster.
        assert.deepEqual(judge(old, { ...old, server: "https://new", ca: "2" }), nothing);
    });

    it("was rebuilt where it is known by the same address and certificates", () => {
        const { problems, warnings } = judge(old, { ...old, uid: "new" });
        assert.deepEqual(problems, []);
        assert.deepEqual(warnings, [
            'The cluster of "a" is another one than at the last update: its uid was old and is new. What the mesh had there is made anew.',
        ]);
    });

    it("is refused where it is another one, with both clusters and the two ways on", () => {
        const other = { uid: "new", server: "https://other", ca: "1" };
        const { problems } = judge(old, other);
        assert.deepEqual(problems, [
            'the context "ctx" of ~/config leads to another cluster than the one that "a" was made on: that was https://old ' +
                "with the uid old, and this is https://other with the uid new. Ways to go on:\n" +
                "    * the right context: correct cluster.context or cluster.kubeconfig in Pulumi.a.yaml, or the kubeconfig itself.\n" +
                "    * if the cluster was rebuilt or moved and the old one is gone: set cluster.uid to new in Pulumi.a.yaml. " +
                "The mesh is then made anew on this one, and what the old one has stays there.",
        ]);
        assert.equal(judge(old, { ...old, uid: "new", ca: "2" }).problems.length, 1);
        assert.equal(judge(old, other, "new").problems.length, 0);
        assert.equal(judge(old, other, "new").warnings.length, 1);
    });

    it("is never one that the settings don't name", () => {
        assert.deepEqual(judge(undefined, old, "new").problems, [
            'the context "ctx" of ~/config leads to the cluster with the uid old (https://old), but cluster.uid in Pulumi.a.yaml ' +
                "names the one with new; correct one of the two",
        ]);
    });
});
