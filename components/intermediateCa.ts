import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { keyArguments, type KeyAlgorithm } from "./keyAlgorithm";

/** The certificate and the key that sign an intermediate. */
export interface Signer {
    readonly certPem: pulumi.Input<string>;
    readonly privateKeyPem: pulumi.Input<string>;
}

export interface IntermediateCaArgs {
    /** Name of the cluster whose istiod will sign with it. */
    readonly cluster: string;
    readonly root: Signer;
    /** Type of the intermediate's key. */
    readonly keyAlgorithm: KeyAlgorithm;
    /** Organization in the certificate's subject. */
    readonly organization: string;
    /** Days that the certificate is valid. */
    readonly validityDays: number;
    /** Days before its end from which on an update renews it; a preview shows that as a replacement. */
    readonly renewalDays: number;
}

/**
 * The certificate authority of one cluster, signed by the mesh's root. It can sign workloads, but no further authority.
 *
 * Subject and alternative name are those that Istio's own certificate tool gives (istio/istio, tools/certs/common.mk).
 */
export class IntermediateCa extends pulumi.ComponentResource {
    /** The intermediate certificate, PEM. Public. */
    readonly certPem: pulumi.Output<string>;
    /** Its private key, PEM. Secret. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** When the certificate ends, RFC 3339. */
    readonly validityEndTime: pulumi.Output<string>;

    constructor(name: string, args: IntermediateCaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:IntermediateCa", name, {}, opts);
        const child = { parent: this };
        const key = new tls.PrivateKey(`${name}-key`, keyArguments(args.keyAlgorithm), child);
        const request = new tls.CertRequest(
            `${name}-request`,
            {
                privateKeyPem: key.privateKeyPem,
                subject: {
                    commonName: "Intermediate CA",
                    organization: args.organization,
                    locality: args.cluster,
                },
                dnsNames: ["istiod.istio-system.svc"],
            },
            child,
        );
        const cert = new tls.LocallySignedCert(
            `${name}-cert`,
            {
                certRequestPem: request.certRequestPem,
                caCertPem: args.root.certPem,
                caPrivateKeyPem: args.root.privateKeyPem,
                isCaCertificate: true,
                // The provider leaves a 0 out of the certificate; RootCa's path length of 1 has the same effect.
                maxPathLength: 0,
                setSubjectKeyId: true,
                validityPeriodHours: args.validityDays * 24,
                earlyRenewalHours: args.renewalDays * 24,
                allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
            },
            child,
        );
        this.certPem = cert.certPem;
        this.privateKeyPem = pulumi.secret(key.privateKeyPem);
        this.validityEndTime = cert.validityEndTime;
        this.registerOutputs({ certPem: this.certPem, validityEndTime: this.validityEndTime });
    }
}
