import assert from "node:assert/strict";
import { type IstiodRestartInputs, provider } from "../../components/istiodRestartProvider";
import { FakeApi } from "../support/fakeApi";

const path = "/apis/apps/v1/namespaces/istio-system/deployments/istiod";
const template = { metadata: { labels: { app: "istiod" } } };
const rolledOut = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

describe("the provider of IstiodRestart", () => {
    let api: FakeApi;
    const inputs = (when: "created" | "deleted", deployments = ["istiod"]): IstiodRestartInputs => ({
        ...api.access,
        namespace: "istio-system",
        deployments,
        owner: "organization/mesh/east",
        when,
    });
    const annotations = () =>
        (api.get(path)?.["spec"] as { template: { metadata: { annotations?: unknown } } }).template.metadata
            .annotations;
    const writes = () => api.requests.filter(({ method }) => method === "PUT").length;

    beforeEach(async () => {
        api = await FakeApi.start();
        api.set(path, { metadata: { name: "istiod" }, spec: { replicas: 1, template }, status: rolledOut });
    });
    afterEach(() => api.stop());

    it("restarts when created, once, and leaves the template as it was when deleted", async () => {
        await provider.create(inputs("deleted"));
        assert.equal(writes(), 0);
        await provider.create(inputs("created"));
        assert.deepEqual(annotations(), { "istio-multicluster/ca": "organization/mesh/east" });
        await provider.update("id", inputs("created"), inputs("created"));
        assert.equal(writes(), 1);

        await provider.delete("id", inputs("created"));
        assert.equal(writes(), 1);
        await provider.delete("id", inputs("deleted"));
        assert.deepEqual((api.get(path)?.["spec"] as { template: unknown }).template, template);
    });

    it("has nothing to undo in a cluster from which istiod is gone", async () => {
        api.delete(path);
        await provider.delete("id", inputs("deleted"));
        await assert.rejects(provider.create(inputs("created")), /"\/apis\/apps\/v1\/[^"]*" not found/);
    });

    it("gives up a cluster that does not answer only where the user has said so", async () => {
        const access = { ...inputs("deleted"), context: "nowhere" };
        await assert.rejects(provider.delete("id", access), /context "nowhere" does not exist/);
        process.env["PULUMI_K8S_DELETE_UNREACHABLE"] = "true";
        try {
            await provider.delete("id", access);
        } finally {
            delete process.env["PULUMI_K8S_DELETE_UNREACHABLE"];
        }
    });

    it("starts again for another istiod or another place", async () => {
        const old = inputs("created");
        assert.deepEqual(await provider.diff("id", old, old), { changes: false });
        for (const changed of [inputs("created", ["istiod", "istiod-1-31"]), { ...old, namespace: "x" }]) {
            assert.deepEqual(await provider.diff("id", old, changed), { changes: true });
        }
    });
});
