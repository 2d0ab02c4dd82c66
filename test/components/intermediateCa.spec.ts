import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../../components/intermediateCa";
import { record, secret } from "../support/mocks";

describe("IntermediateCa", () => {
    it("is a key, a request and a certificate that the root signs; every key is a secret", async () => {
        const { resources, result } = await record(() => {
            const ca = new IntermediateCa("cluster1", {
                cluster: "cluster1",
                root: { certPem: "(root certificate)", privateKeyPem: pulumi.secret("(root key)") },
                keyAlgorithm: "RSA-4096",
                organization: "Example",
                validityDays: 365,
                renewalDays: 90,
            });
            return {
                certPem: ca.certPem,
                privateKeyPem: ca.privateKeyPem,
                validityEndTime: ca.validityEndTime,
            };
        });
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:IntermediateCa", name: "cluster1", inputs: {} },
            {
                type: "tls:index/certRequest:CertRequest",
                name: "cluster1-request",
                parent: "cluster1",
                dependsOn: ["tls:index/privateKey:PrivateKey::cluster1-key"],
                inputs: {
                    privateKeyPem: secret("(private key cluster1-key)"),
                    subject: { commonName: "Intermediate CA", organization: "Example", locality: "cluster1" },
                    dnsNames: ["istiod.istio-system.svc"],
                },
            },
            {
                type: "tls:index/locallySignedCert:LocallySignedCert",
                name: "cluster1-cert",
                parent: "cluster1",
                dependsOn: ["tls:index/certRequest:CertRequest::cluster1-request"],
                inputs: {
                    certRequestPem: "(request cluster1-request)",
                    caCertPem: "(root certificate)",
                    caPrivateKeyPem: secret("(root key)"),
                    isCaCertificate: true,
                    maxPathLength: 0,
                    setSubjectKeyId: true,
                    validityPeriodHours: 8760,
                    earlyRenewalHours: 2160,
                    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
                },
            },
            {
                type: "tls:index/privateKey:PrivateKey",
                name: "cluster1-key",
                parent: "cluster1",
                inputs: { algorithm: "RSA", rsaBits: 4096 },
            },
        ]);
        assert.deepEqual(result, {
            certPem: "(certificate cluster1-cert)\n",
            privateKeyPem: secret("(private key cluster1-key)"),
            validityEndTime: "2125-01-01T00:00:00Z",
        });
    });
});
