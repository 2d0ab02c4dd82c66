import { readFileSync, writeFileSync } from "node:fs";
import assert from "node:assert/strict";
import { provider } from "../../components/istioLeftoversProvider";
import { FakeApi } from "../support/fakeApi";

const istiodPods = "/api/v1/pods?labelSelector=app%3Distiod";
const istiodDeployments = "/apis/apps/v1/deployments?labelSelector=app%3Distiod";
const configMaps = "/api/v1/configmaps?labelSelector=istio.io%2Fconfig%3Dtrue";

function item(namespace: string, name: string) {
    return { metadata: { namespace, name } };
}

function path({ metadata: { namespace, name } }: ReturnType<typeof item>): string {
    return `/api/v1/namespaces/${namespace}/configmaps/${name}`;
}

const leftovers = [
    item("default", "istio-ca-root-cert"),
    item("kube-system", "istio-ca-root-cert"),
    item("kube-system", "istio-ca-crl"),
];
const other = item("shop", "settings");

describe("the provider of IstioLeftovers", () => {
    let api: FakeApi;
    beforeEach(async () => {
        api = await FakeApi.start();
        api.set(istiodPods, { items: [] });
        api.set(istiodDeployments, { items: [] });
        api.set(configMaps, { items: [...leftovers, other] });
        for (const each of [...leftovers, other]) api.set(path(each), each);
    });
    afterEach(() => api.stop());

    function writes() {
        return api.requests.filter(({ method }) => method !== "GET");
    }

    /** Whether each config map is still there. */
    function left(): readonly boolean[] {
        return [...leftovers, other].map((each) => api.get(path(each)) !== undefined);
    }

    it("asks the cluster nothing until a destroy", async () => {
        const { access } = api;
        assert.deepEqual(await provider.create(access), { id: "istiod's config maps", outs: access });
        const moved = { ...access, context: "other" };
        assert.deepEqual(await provider.update("id", access, moved), { outs: moved });
        assert.deepEqual(await provider.diff("id", access, access), { changes: false });
        assert.deepEqual(await provider.diff("id", access, moved), { changes: true });
        assert.deepEqual(await provider.diff("id", access, { ...access, kubeconfig: "other" }), {
            changes: true,
        });
        assert.deepEqual(api.requests, []);
    });

    it("deletes istiod's config maps in every namespace, and no other of the same label", async () => {
        await provider.delete("id", api.access);
        assert.deepEqual(left(), [false, false, false, true]);
        assert.deepEqual(
            writes()
                .map(({ method, path: where, status }) => `${method} ${where} ${status}`)
                .sort(),
            leftovers.map((each) => `DELETE ${path(each)} 200`).sort(),
        );
    });

    it("waits for the last pod of istiod, which would write them again", async () => {
        api.set(istiodPods, { items: [item("istio-system", "istiod-1")] });
        const done = provider.delete("id", api.access);
        while (!api.requests.some(({ path: where }) => where === istiodDeployments)) await tick();
        assert.deepEqual(left(), [true, true, true, true]);
        api.set(istiodPods, { items: [] });
        await done;
        assert.deepEqual(left(), [false, false, false, true]);
    });

    it("leaves them to another istiod of the cluster", async () => {
        api.set(istiodPods, { items: [item("istio-system", "istiod-canary-1")] });
        api.set(istiodDeployments, { items: [item("istio-system", "istiod-canary")] });
        await provider.delete("id", api.access);
        assert.deepEqual(writes(), []);
    });

    it("takes one that is gone already for deleted", async () => {
        api.delete("/api/v1/namespaces/default/configmaps/istio-ca-root-cert");
        await provider.delete("id", api.access);
        assert.deepEqual(left(), [false, false, false, true]);
    });

    it("fails without a stack when the cluster does not answer", async () => {
        const kubeconfig = `${api.access.kubeconfig}-of-one-that-is-gone`;
        const access = { ...api.access, kubeconfig };
        writeFileSync(
            kubeconfig,
            readFileSync(api.access.kubeconfig, "utf8").replace(/127.0.0.1:\d+/, "127.0.0.1:1"),
        );
        await assert.rejects(Promise.resolve(provider.delete("id", access)), (error: Error) => {
            assert.match(error.message, /^kubectl failed for context "fake" of /);
            assert.equal(error.stack, "see the error of this resource");
            return true;
        });
        await assert.rejects(Promise.resolve(provider.delete("id", { ...access, kubeconfig: "gone" })), {
            message: /^cluster.kubeconfig is gone, and there is no such file/,
            stack: "see the error of this resource",
        });
    });
});

function tick(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 20));
}
