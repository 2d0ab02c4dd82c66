import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { askPods, readLists } from "../../kube/evidence";
import { FakeApi, failure } from "../support/fakeApi";
import { StandInKubectl } from "../support/standInKubectl";

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

describe("the pods at the ends of a call", () => {
    it("are asked for what may be asked: a tunnel that is refused is listed, and ends nothing", async () => {
        const kubectl = new StandInKubectl();
        const unhandled: unknown[] = [];
        const note = (reason: unknown) => unhandled.push(reason);
        process.on("unhandledRejection", note);
        try {
            const file = join(kubectl.folder, "kubeconfig");
            const contexts = [{ name: "c", context: { cluster: "c", user: "c" } }];
            writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", contexts }));
            // The tunnel is refused while the proxy is still asked.
            kubectl.does(`case "$*" in
                *" port-forward "*) echo 'error: pods is forbidden: no pods/portforward' >&2; exit 1 ;;
                *" exec "*) sleep 0.5; echo '  0: 00000000:1F90 00000000:0000 0A 0' ;; esac`);
            const server = { path: "/", host: "h", ports: [8080, 8081] };
            const asked = await askPods({ kubeconfig: file, context: "c" }, "one", [
                { pod: "bar/x", server },
            ]);
            assert.deepEqual(asked.servers, { "bar/x": { listening: ["0.0.0.0:8080"], answers: {} } });
            assert.deepEqual(asked.notRead, [
                {
                    cluster: "one",
                    what: "what the application of bar/x answers",
                    reason: "error: pods is forbidden: no pods/portforward",
                },
            ]);
            assert.deepEqual(unhandled, []);
        } finally {
            process.off("unhandledRejection", note);
            kubectl.remove();
        }
    });
});
