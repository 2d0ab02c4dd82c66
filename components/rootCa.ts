import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { keyArguments, type KeyAlgorithm } from "./keyAlgorithm";

export interface RootCaArgs {
    /** Type of the root's key. */
    readonly keyAlgorithm: KeyAlgorithm;
    /** Name in the certificate's subject; `Root CA` by default. No two roots of a mesh may share it. */
    readonly commonName?: string;
    /** Organization in the certificate's subject, such as `Istio`. */
    readonly organization: string;
    /** Days that the certificate is valid. It is never renewed by itself, see {@link RootCa}. */
    readonly validityDays: number;
    /** Whether Pulumi refuses to delete or replace the key and the certificate. */
    readonly protect: boolean;
}

/**
 * The certificate authority that every cluster of a mesh trusts.
 *
 * There is no early renewal: a root with the same key but other bytes is another root to istiod, which then ignores it
 * together with the intermediate beside it.
 *
 * @example new RootCa("mesh", { keyAlgorithm: "ECDSA-P256", organization: "Istio", validityDays: 3650, protect: true })
 */
export class RootCa extends pulumi.ComponentResource {
    /** The root certificate, PEM. Public. */
    readonly certPem: pulumi.Output<string>;
    /** The root's private key, PEM. Secret; it must stay in the stack that made it. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** When the certificate ends, RFC 3339. */
    readonly validityEndTime: pulumi.Output<string>;

    constructor(name: string, args: RootCaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:RootCa", name, {}, opts);
        const child = { parent: this, protect: args.protect };
        const key = new tls.PrivateKey(`${name}-key`, keyArguments(args.keyAlgorithm), child);
        const cert = new tls.SelfSignedCert(
            `${name}-cert`,
            {
                privateKeyPem: key.privateKeyPem,
                subject: { commonName: args.commonName ?? "Root CA", organization: args.organization },
                isCaCertificate: true,
                // One intermediate may follow and none below it. This is what keeps an intermediate from making
                // further authorities: the TLS provider leaves a path length of 0 out of the certificate.
                maxPathLength: 1,
                setSubjectKeyId: true,
                validityPeriodHours: args.validityDays * 24,
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
