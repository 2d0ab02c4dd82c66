import assert from "node:assert/strict";
import { adoption } from "../../components/adoption";
import { FakeApi } from "../support/fakeApi";

const applied = (manager: string, time: string) => ({ manager, operation: "Apply", time });

describe("taking over what another state has made", () => {
    let api: FakeApi;
    before(async () => {
        api = await FakeApi.start();
        api.set("/apis/apps/v1/namespaces/istio-system/deployments", {
            items: [
                {
                    metadata: {
                        name: "istiod",
                        namespace: "istio-system",
                        managedFields: [
                            applied("pulumi-kubernetes-aaaaaaaa", "2026-01-01T00:00:00Z"),
                            applied("pulumi-kubernetes-bbbbbbbb", "2026-02-01T00:00:00Z"),
                            { ...applied("kubectl", "2026-03-01T00:00:00Z") },
                            {
                                manager: "pulumi-kubernetes-cccccccc",
                                operation: "Update",
                                time: "2026-03-01T00:00:00Z",
                            },
                        ],
                    },
                },
                { metadata: { name: "somebody-elses", namespace: "istio-system", managedFields: [] } },
            ],
        });
        api.set("/apis/networking.istio.io/v1/namespaces/bar/serviceentries", {
            items: [
                {
                    metadata: {
                        name: "httpbin.bar.global",
                        namespace: "bar",
                        managedFields: [applied("pulumi-kubernetes-dddddddd", "2026-01-01T00:00:00Z")],
                    },
                },
            ],
        });
        api.set("/api/v1/namespaces/istio-system/secrets/cacerts", {
            apiVersion: "v1",
            kind: "Secret",
            metadata: {
                name: "cacerts",
                namespace: "istio-system",
                managedFields: [applied("pulumi-kubernetes-eeeeeeee", "2026-01-01T00:00:00Z")],
            },
        });
    });
    after(() => api.stop());

    const adopt = (type: string, props: object) =>
        adoption(api.access)({ custom: true, type, name: "object", props, opts: {} });
    const deployment = (name: string, annotations?: object) => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: "istio-system", ...(annotations && { annotations }) },
        spec: { replicas: 2 },
    });

    it("writes each object under the name that it was last written under", async () => {
        assert.deepEqual(
            (await adopt("kubernetes:apps/v1:Deployment", deployment("istiod", { a: "b" })))?.props,
            deployment("istiod", {
                a: "b",
                "pulumi.com/patchForce": "true",
                "pulumi.com/patchFieldManager": "pulumi-kubernetes-bbbbbbbb",
            }),
        );
        const entry = {
            apiVersion: "networking.istio.io/v1",
            kind: "ServiceEntry",
            metadata: { name: "httpbin.bar.global", namespace: "bar" },
        };
        assert.match(
            JSON.stringify(await adopt("kubernetes:networking.istio.io/v1:ServiceEntry", entry)),
            /pulumi-kubernetes-dddddddd/,
        );
    });

    it("reads no content of a Secret", async () => {
        const secret = {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "cacerts", namespace: "istio-system" },
        };
        assert.match(
            JSON.stringify(await adopt("kubernetes:core/v1:Secret", secret)),
            /pulumi-kubernetes-eeeeeeee/,
        );
        assert.ok(!api.requests.some(({ path }) => path.endsWith("/secrets")));
    });

    it("leaves alone what nobody has made, what is somebody else's, and what is no object", async () => {
        const type = "kubernetes:apps/v1:Deployment";
        assert.equal(await adopt(type, deployment("absent")), undefined);
        assert.equal(await adopt(type, deployment("somebody-elses")), undefined);
        assert.equal(await adopt("kubernetes:helm.sh/v4:Chart", { chart: "base" }), undefined);
        assert.equal(await adopt("pulumi:providers:kubernetes", deployment("istiod")), undefined);
    });

    it("asks once for all objects of a kind and namespace", async () => {
        const before = api.requests.length;
        const transform = adoption(api.access);
        const all = ["istiod", "absent", "somebody-elses"].map((name) =>
            transform({
                custom: true,
                type: "kubernetes:apps/v1:Deployment",
                name,
                props: deployment(name),
                opts: {},
            }),
        );
        await Promise.all(all);
        assert.deepEqual(api.requests.slice(before), [
            { method: "GET", path: "/apis/apps/v1/namespaces/istio-system/deployments", status: 200 },
        ]);
    });
});
