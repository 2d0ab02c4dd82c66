import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What a cluster's istiod signs workload certificates with. */
export interface CaMaterial {
    /** The cluster's intermediate certificate, PEM. */
    readonly certPem: pulumi.Input<string>;
    /** The intermediate's private key, PEM. Secret. */
    readonly privateKeyPem: pulumi.Input<string>;
    /** The mesh's root certificate, PEM. */
    readonly rootCertPem: pulumi.Input<string>;
}

export interface CaCertsArgs {
    /** Namespace of istiod. */
    readonly namespace: pulumi.Input<string>;
    readonly material: CaMaterial;
}

/** The secret `cacerts`, from which istiod takes its certificate authority instead of making one of its own. */
export class CaCerts extends pulumi.ComponentResource {
    /** The secret's name: `cacerts`. */
    readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: CaCertsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:CaCerts", name, {}, opts);
        const { certPem, privateKeyPem, rootCertPem } = args.material;
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: { name: "cacerts", namespace: args.namespace },
                stringData: pulumi.secret({
                    "ca-cert.pem": certPem,
                    "ca-key.pem": privateKeyPem,
                    "root-cert.pem": rootCertPem,
                    "cert-chain.pem": pulumi.concat(certPem, rootCertPem),
                }),
            },
            { parent: this },
        );
        this.secretName = secret.metadata.name;
        this.registerOutputs({ secretName: this.secretName });
    }
}
