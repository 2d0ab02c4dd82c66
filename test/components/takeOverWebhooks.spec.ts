import assert from "node:assert/strict";
import { takeOverWebhooks } from "../../components/takeOverWebhooks";

const group = "kubernetes:admissionregistration.k8s.io/v1";
const given = (type: string, metadata: object) => ({
    type,
    name: "istio-sidecar-injector",
    custom: true,
    props: { metadata, webhooks: [] },
    opts: {},
});

describe("takeOverWebhooks", () => {
    for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
        it(`adds the annotation to a ${kind} beside its own`, () => {
            const metadata = { name: "a", annotations: { b: "c" } };
            assert.deepEqual(takeOverWebhooks(given(`${group}:${kind}`, metadata))?.props, {
                metadata: { name: "a", annotations: { b: "c", "pulumi.com/patchForce": "true" } },
                webhooks: [],
            });
        });
    }

    it("leaves every other resource as it is", () => {
        for (const type of ["kubernetes:core/v1:Service", "istio-multicluster:index:Istio"])
            assert.equal(takeOverWebhooks(given(type, {})), undefined);
    });
});
