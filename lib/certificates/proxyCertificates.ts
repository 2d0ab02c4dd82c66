import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { certificatesIn, fingerprintOf } from "./certificates";

/** What one proxy holds. */
export interface ProxyCertificates {
    /** `NAMESPACE/NAME` of its pod. */
    readonly pod: string;
    /** Why it could not be asked; then it holds nothing. */
    readonly problem?: string;
    /** Fingerprints of the roots that it trusts. */
    readonly trusted: readonly string[];
    /** Its own certificate and those above it. */
    readonly chain: readonly X509Certificate[];
}

const bytes = z.object({ inline_bytes: z.string() }).optional();
const dump = z.object({
    configs: z
        .array(
            z.object({
                secret: z.object({
                    tls_certificate: z.object({ certificate_chain: bytes }).optional(),
                    validation_context: z.object({ trusted_ca: bytes }).optional(),
                }),
            }),
        )
        .default([]),
});

/**
 * Reads Envoy's `config_dump?resource=dynamic_active_secrets`, which has keys blacked out.
 *
 * @param pod `NAMESPACE/NAME` of the proxy's pod
 */
export function readSecrets(pod: string, json: string): ProxyCertificates {
    let content: unknown;
    try {
        content = JSON.parse(json);
    } catch {
        content = undefined;
    }
    const result = dump.safeParse(content);
    if (!result.success)
        return { pod, problem: "its proxy does not say which secrets it holds", trusted: [], chain: [] };
    const pems = (value: z.infer<typeof bytes>) =>
        value === undefined ? [] : certificatesIn(Buffer.from(value.inline_bytes, "base64").toString());
    const secrets = result.data.configs.map(({ secret }) => secret);
    const parse = (pem: string) => new X509Certificate(pem);
    const trusted = secrets.flatMap((secret) => pems(secret.validation_context?.trusted_ca));
    return {
        pod,
        trusted: [...new Set(trusted.map((pem) => fingerprintOf(parse(pem))))],
        chain: secrets.flatMap((secret) => pems(secret.tls_certificate?.certificate_chain)).map(parse),
    };
}

/**
 * Why a proxy is not ready for the next step of a change of the root, or undefined when it is.
 *
 * @param trust fingerprint of the root that it has to trust
 * @param without certificates of the roots that nothing may be signed under any more
 */
export function laggingBecause(
    { problem, trusted, chain }: ProxyCertificates,
    { trust, without }: { readonly trust?: string; readonly without: readonly X509Certificate[] },
): string | undefined {
    if (problem !== undefined) return problem;
    if (trust !== undefined && !trusted.includes(trust)) return "does not trust the new root yet";
    // istiod puts the whole bundle of trusted roots behind each chain (security/pkg/server/ca/server.go), the old root with
    // it for as long as it is trusted: what counts is who has signed the others.
    const signed = chain.filter((cert) => !cert.checkIssued(cert));
    const old = without.some((root) =>
        signed.some((cert) => cert.checkIssued(root) && cert.verify(root.publicKey)),
    );
    return old ? "has a certificate under the old root" : undefined;
}
