import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ownerAnnotation } from "../lib/base/ownership";

/** What a cluster's istiod signs workload certificates with. */
export interface CaMaterial {
    /** The cluster's intermediate certificate, PEM. */
    readonly certPem: pulumi.Input<string>;
    /** The intermediate's private key, PEM. Secret. */
    readonly privateKeyPem: pulumi.Input<string>;
    /** The root certificate that the intermediate is signed by, PEM. */
    readonly rootCertPem: pulumi.Input<string>;
    /** All root certificates that the mesh trusts, PEM. */
    readonly trustBundlePem: pulumi.Input<string>;
}

export interface CaCertsArgs {
    /** Namespace of istiod. */
    readonly namespace: pulumi.Input<string>;
    /** What takes the Secret along when it is deleted itself: the namespace, where the program has made it. None by default. */
    readonly goesWith?: pulumi.Resource;
    readonly material: CaMaterial;
    /** Who owns the Secret, as its annotation says: `ORGANIZATION/PROJECT/STACK`. */
    readonly owner: string;
}

/** The secret `cacerts`, from which istiod takes its certificate authority instead of making one of its own. */
export class CaCerts extends pulumi.ComponentResource {
    /** The secret's name: `cacerts`. */
    readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: CaCertsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:CaCerts", name, {}, opts);
        const { certPem, privateKeyPem, rootCertPem, trustBundlePem } = args.material;
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: {
                    name: "cacerts",
                    namespace: args.namespace,
                    annotations: {
                        [ownerAnnotation]: args.owner,
                        // Server-side apply would take a Secret that an interrupted update has left, or that is to be
                        // replaced, for a conflict. Whose it is has been looked at before.
                        "pulumi.com/patchForce": "true",
                    },
                },
                stringData: pulumi.secret({
                    "ca-cert.pem": certPem,
                    "ca-key.pem": privateKeyPem,
                    "root-cert.pem": trustBundlePem,
                    "cert-chain.pem": pulumi.concat(certPem, rootCertPem),
                }),
            },
            // Whoever may not list the namespace's Secrets can't see one go: Pulumi's provider would wait for ten minutes.
            { parent: this, deletedWith: args.goesWith },
        );
        this.secretName = secret.metadata.name;
        this.registerOutputs({ secretName: this.secretName });
    }
}
