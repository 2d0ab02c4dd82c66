import type * as tls from "@pulumi/tls";

/** Key types that Istio's CA accepts and that every TLS client of the mesh verifies. */
export type KeyAlgorithm = "ECDSA-P256" | "RSA-4096";

/** The TLS provider's arguments for a key type. */
export function keyArguments(algorithm: KeyAlgorithm): tls.PrivateKeyArgs {
    return algorithm === "RSA-4096"
        ? { algorithm: "RSA", rsaBits: 4096 }
        : { algorithm: "ECDSA", ecdsaCurve: "P256" };
}
