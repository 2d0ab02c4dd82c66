import assert from "node:assert/strict";
import { CaCerts } from "../../components/caCerts";
import { record, secret } from "../support/mocks";

describe("CaCerts", () => {
    it("is one Secret with istiod's four files, secret as a whole even where the key came in the clear", async () => {
        const { resources, result } = await record(() => {
            const material = {
                certPem: "(intermediate)\n",
                privateKeyPem: "(key)\n",
                rootCertPem: "(root)\n",
                trustBundlePem: "(old root)\n(root)\n",
            };
            const owner = "organization/mesh/cluster1";
            const { secretName } = new CaCerts("cacerts", { namespace: "istio-system", material, owner });
            return { secretName };
        });
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:CaCerts", name: "cacerts", inputs: {} },
            {
                type: "kubernetes:core/v1:Secret",
                name: "cacerts-secret",
                parent: "cacerts",
                inputs: {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: {
                        name: "cacerts",
                        namespace: "istio-system",
                        annotations: {
                            "istio-multicluster/owner": "organization/mesh/cluster1",
                            "pulumi.com/patchForce": "true",
                        },
                    },
                    stringData: secret({
                        "ca-cert.pem": "(intermediate)\n",
                        "ca-key.pem": "(key)\n",
                        "root-cert.pem": "(old root)\n(root)\n",
                        "cert-chain.pem": "(intermediate)\n(root)\n",
                    }),
                },
            },
        ]);
        assert.deepEqual(result, { secretName: "cacerts" });
    });
});
