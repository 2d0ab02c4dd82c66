import { ownerAnnotation } from "../lib/base/ownership";
import { answerSeconds, type ClusterAccess, kubectl, unlessAbsent } from "./kubectl";

/** The public part of a cluster's Secret `cacerts`. */
export interface CaCertsFacts {
    /** The stack that has made it; empty when no stack has. */
    readonly owner: string;
    /** The intermediate's certificate, PEM; empty where there is none. */
    readonly certPem: string;
    /** The trusted roots, PEM; empty where there are none. */
    readonly trustBundlePem: string;
    /** Whether there is a key beside the certificate. The key itself does not leave the cluster. */
    readonly hasKey: boolean;
}

/** Selects the public entries: Istio's own names, or those of a Secret of type kubernetes.io/tls. */
const template = [
    `{{with .metadata.annotations}}{{with index . "${ownerAnnotation}"}}{{.}}{{end}}{{end}}`,
    entry("ca-cert.pem", "tls.crt"),
    entry("root-cert.pem", "ca.crt"),
    `{{with .data}}{{if or (index . "ca-key.pem") (index . "tls.key")}}yes{{end}}{{end}}`,
].join("|");

function entry(name: string, otherName: string): string {
    return `{{with .data}}{{with or (index . "${name}") (index . "${otherName}")}}{{.}}{{end}}{{end}}`;
}

/**
 * Reads the Secret `cacerts` of a cluster without its key, or undefined when there is none.
 *
 * @throws KubectlError when the cluster can't be reached, or Secrets may not be read
 */
export async function readCaCerts(
    access: ClusterAccess,
    namespace: string,
): Promise<CaCertsFacts | undefined> {
    const text = await unlessAbsent(
        kubectl(access, ["get", "secret", "cacerts", "-n", namespace, "-o", `go-template=${template}`], {
            timeoutSeconds: answerSeconds,
        }),
    );
    if (text === undefined) return undefined;
    const [owner = "", cert = "", roots = "", hasKey = ""] = text.split("|");
    const decode = (value: string) => Buffer.from(value, "base64").toString();
    return { owner, certPem: decode(cert), trustBundlePem: decode(roots), hasKey: hasKey === "yes" };
}
