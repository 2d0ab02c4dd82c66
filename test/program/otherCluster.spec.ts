import assert from "node:assert/strict";
import { node, outputsOf, runProgram, type Settings } from "../support/program";

/** A cluster that tells its uid. */
const known = (uid: string) => ({
    "/api/v1/nodes": { items: [node("node1", "172.30.0.12")] },
    "/api/v1/namespaces/kube-system": { metadata: { name: "kube-system", uid } },
});

describe("a cluster stack whose context leads to another cluster", () => {
    let ca: Settings;
    let recorded: Settings;

    before(async () => {
        ca = await outputsOf("ca");
        recorded = await outputsOf("cluster2", { stacks: { ca }, cluster: known("old") });
    });

    /** The stack again, after an update whose record of the cluster was this. */
    const again = (identity: unknown, settings: Settings = {}) =>
        runProgram("cluster2", {
            stacks: { ca, cluster2: { ...recorded, identity } },
            cluster: known("new"),
            settings: { cluster2: settings },
        });

    it("has written down which cluster it was made on", () => {
        assert.deepEqual(recorded["identity"], { uid: "old", server: "http://127.0.0.1:(port)", ca: "" });
    });

    it("writes nothing, and says which cluster is meant and which is there", async () => {
        await assert.rejects(
            again({ uid: "old", server: "https://192.0.2.1:6443", ca: "" }),
            /the context "cluster2" of \.lab\/cluster2\/kubeconfig leads to another cluster than the one that "cluster2" was made on: that was https:\/\/192\.0\.2\.1:6443 with the uid old, and this is http:\/\/127\.0\.0\.1:\d+ with the uid new/,
        );
    });

    it("goes on where its settings name the new one, with a warning", async () => {
        const cluster = { kubeconfig: ".lab/cluster2/kubeconfig", context: "cluster2", uid: "new" };
        const { warnings, result } = await again(
            { uid: "old", server: "https://192.0.2.1:6443", ca: "" },
            { cluster },
        );
        assert.match(
            warnings.join("\n"),
            /is another one than at the last update: its uid was old and is new/,
        );
        assert.equal((result["identity"] as Settings)["uid"], "new");
    });

    it("writes to no cluster that its settings don't name", async () => {
        const cluster = { kubeconfig: ".lab/cluster2/kubeconfig", context: "cluster2", uid: "mine" };
        await assert.rejects(
            again(recorded["identity"], { cluster }),
            /names the one with mine; correct one/,
        );
    });
});
