import assert from "node:assert/strict";
import { RootCa, type RootCaArgs } from "../../components/rootCa";
import { record, rootCertPem, secret } from "../support/mocks";

const args: RootCaArgs = {
    keyAlgorithm: "ECDSA-P256",
    organization: "Istio",
    validityDays: 3650,
    protect: true,
};

async function make(changes: Partial<RootCaArgs> = {}) {
    return record(() => {
        const { certPem, privateKeyPem, validityEndTime } = new RootCa("root", { ...args, ...changes });
        return { certPem, privateKeyPem, validityEndTime };
    });
}

describe("RootCa", () => {
    it("is a key and a certificate of it, both protected", async () => {
        const { resources } = await make();
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:RootCa", name: "root", inputs: {} },
            {
                type: "tls:index/privateKey:PrivateKey",
                name: "root-key",
                parent: "root",
                protect: true,
                inputs: { algorithm: "ECDSA", ecdsaCurve: "P256" },
            },
            {
                type: "tls:index/selfSignedCert:SelfSignedCert",
                name: "root-cert",
                parent: "root",
                dependsOn: ["tls:index/privateKey:PrivateKey::root-key"],
                protect: true,
                inputs: {
                    privateKeyPem: secret("(private key root-key)"),
                    subject: { commonName: "Root CA", organization: "Istio" },
                    isCaCertificate: true,
                    maxPathLength: 1,
                    setSubjectKeyId: true,
                    validityPeriodHours: 87600,
                    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
                },
            },
        ]);
    });

    it("gives its key as a secret and its certificate in the clear", async () => {
        const { result } = await make();
        assert.deepEqual(result, {
            certPem: rootCertPem,
            privateKeyPem: secret("(private key root-key)"),
            validityEndTime: "2126-01-01T00:00:00Z",
        });
    });

    it("can be left without protection, for a lab", async () => {
        const { resources } = await make({ protect: false });
        assert.deepEqual(
            resources.filter(({ protect }) => protect),
            [],
        );
    });

    it("makes an RSA key where asked", async () => {
        const { resources } = await make({ keyAlgorithm: "RSA-4096" });
        assert.deepEqual(resources.find(({ name }) => name === "root-key")?.inputs, {
            algorithm: "RSA",
            rsaBits: 4096,
        });
    });
});
