import assert from "node:assert/strict";
import { readLists } from "../../kube/evidence";
import { FakeApi, failure } from "../support/fakeApi";

const list = (...names: readonly string[]) => ({
    kind: "List",
    items: names.map((name) => ({ metadata: { name } })),
});

describe("the evidence about a cluster", () => {
    let api: FakeApi;
    const place = { cluster: "one", systemNamespace: "istio-system" };

    beforeEach(async () => {
        api = await FakeApi.start();
    });
    afterEach(async () => {
        await api.stop();
    });

    it("is read of the namespaces on the way, without a Secret and without a write", async () => {
        api.set("/api/v1/namespaces", list("foo"));
        for (const namespace of ["foo", "istio-system", "kube-system"])
            api.set(`/api/v1/namespaces/${namespace}/pods`, list(`${namespace}-pod`));
        api.set("/apis/networking.istio.io/v1/sidecars", list("theirs"));
        const { lists, notRead } = await readLists(api.access, place, ["foo", "foo"]);
        assert.deepEqual(
            lists.Pod?.map(({ metadata }) => metadata.name),
            ["foo-pod", "istio-system-pod", "kube-system-pod"],
        );
        assert.equal(lists.Sidecar?.length, 1);
        // A kind that the cluster does not have has no objects.
        assert.deepEqual(lists.EnvoyFilter, []);
        assert.deepEqual(notRead, []);
        assert.ok(api.requests.every(({ method, path }) => method === "GET" && !path.includes("secrets")));
    });

    it("leaves out what the user may not read, and says so", async () => {
        api.set("/api/v1/namespaces", list("foo"));
        const forbidden = failure("Forbidden", 403, "sidecars is forbidden");
        api.set("/apis/networking.istio.io/v1/sidecars", forbidden);
        const { lists, notRead } = await readLists(api.access, place, []);
        assert.equal(lists.Sidecar, undefined);
        assert.deepEqual(
            notRead.map(({ cluster, what }) => [cluster, what]),
            [["one", "Sidecar"]],
        );
        assert.match(notRead[0]?.reason ?? "", /Forbidden/);
    });
});
