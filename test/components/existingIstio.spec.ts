import assert from "node:assert/strict";
import { ExistingIstio } from "../../components/existingIstio";
import { find, idOf, record } from "../support/mocks";

const restart = "pulumi-nodejs:dynamic/istio-multicluster:IstiodRestart";
const owner = "organization/istio-multicluster/stack";

async function make() {
    return record(() => {
        const { namespace, ready } = new ExistingIstio("istio", {
            access: { stack: "organization/mesh/cluster1", context: "cluster1" },
            istioNamespace: "istio-control",
            deployments: ["istiod", "istiod-1-31"],
            namespace: "istio-multicluster",
            podSecurity: "restricted",
            ca: {
                material: {
                    certPem: "(intermediate)\n",
                    privateKeyPem: "(key)\n",
                    rootCertPem: "(root)\n",
                    trustBundlePem: "(root)\n",
                },
                owner: "organization/mesh/cluster1",
            },
        });
        return { namespace, ready: ready.map(({ urn }) => urn) };
    });
}

describe("ExistingIstio", () => {
    it("is a namespace of the mesh's own, and the certificates between two restarts", async () => {
        const { resources, result } = await make();
        assert.deepEqual(resources.map(idOf), [
            "istio-multicluster:index:CaCerts::istio-cacerts",
            "istio-multicluster:index:ExistingIstio::istio",
            "kubernetes:core/v1:Namespace::istio-namespace",
            "kubernetes:core/v1:Secret::istio-cacerts-secret",
            `${restart}::istio-restart`,
            `${restart}::istio-restart-last`,
        ]);
        assert.equal(result["namespace"], "istio-multicluster");
        const secret = find(resources, "kubernetes:core/v1:Secret", "istio-cacerts-secret");
        assert.deepEqual(secret.inputs["metadata"], {
            name: "cacerts",
            namespace: "istio-control",
            annotations: {
                "istio-multicluster/owner": "organization/mesh/cluster1",
                "pulumi.com/patchForce": "true",
            },
        });
        assert.deepEqual(
            find(resources, "kubernetes:core/v1:Namespace", "istio-namespace").inputs["metadata"],
            {
                name: "istio-multicluster",
                annotations: { "istio-multicluster/owner": owner },
                labels: { "pod-security.kubernetes.io/enforce": "restricted" },
            },
        );
    });

    it("restarts istiod after the certificates are written, and after they are deleted", async () => {
        const { resources } = await make();
        const first = find(resources, restart, "istio-restart");
        const last = find(resources, restart, "istio-restart-last");
        for (const [{ inputs }, when] of [
            [first, "created"],
            [last, "deleted"],
        ] as const) {
            const { __provider, ...others } = inputs;
            assert.match(String(__provider), /istiodRestartProvider/);
            assert.deepEqual(others, {
                stack: "organization/mesh/cluster1",
                context: "cluster1",
                namespace: "istio-control",
                deployments: ["istiod", "istiod-1-31"],
                owner,
                when,
            });
        }
        assert.ok(first.dependsOn?.includes("kubernetes:core/v1:Secret::istio-cacerts-secret"));
        const parts = resources.filter(({ dependsOn }) =>
            dependsOn?.includes(`${restart}::istio-restart-last`),
        );
        assert.deepEqual(parts.map(idOf), ["istio-multicluster:index:CaCerts::istio-cacerts"]);
    });
});
