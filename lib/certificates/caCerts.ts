import { X509Certificate } from "node:crypto";
import { certificatesIn, fingerprintOf } from "./certificates";

/** What a stack knows of a Secret `cacerts` that it finds. */
export interface FoundCaCerts {
    readonly owner: string;
    readonly certPem: string;
    readonly trustBundlePem: string;
    readonly hasKey: boolean;
}

/**
 * Why a stack may not write its certificates into a cluster's `cacerts`, or undefined when it may: there is none, it is
 * the stack's own, or it holds the very intermediate that would be written.
 *
 * @param owner the stack, as it marks what is its own
 * @param certPem the intermediate that would be written
 */
export function strangerProblem(
    found: FoundCaCerts | undefined,
    { stack, owner, certPem }: { readonly stack: string; readonly owner: string; readonly certPem: string },
): string | undefined {
    if (found === undefined || found.owner === owner || found.certPem.trim() === certPem.trim())
        return undefined;
    const maker = found.owner === "" ? "somebody else" : `the stack ${found.owner}`;
    return (
        `The Secret istio-system/cacerts of "${stack}" was made by ${maker} and is not overwritten. To use it as it is, set ` +
        `istio.ca to existing in Pulumi.${stack}.yaml. To put this mesh's certificates in its place, which ends the trust ` +
        `between all proxies that run there, set istio.replaceCaCerts to true. Otherwise delete it, or install elsewhere.`
    );
}

/** Why a `cacerts` can't be used as the certificate authority of a cluster, or undefined when it can. */
export function unusableProblem(found: FoundCaCerts | undefined, stack: string): string | undefined {
    const remedy =
        `Put ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem there, or set istio.ca to mesh in ` +
        `Pulumi.${stack}.yaml.`;
    if (found === undefined)
        return `istio.ca is existing, but "${stack}" has no Secret istio-system/cacerts. ${remedy}`;
    const missing = [
        ...(found.certPem === "" ? ["ca-cert.pem"] : []),
        ...(found.hasKey ? [] : ["ca-key.pem"]),
        ...(certificatesIn(found.trustBundlePem).length === 0 ? ["root-cert.pem"] : []),
    ];
    if (missing.length === 0) return undefined;
    return `istio.ca is existing, but the Secret istio-system/cacerts of "${stack}" lacks ${missing.join(", ")}. ${remedy}`;
}

/** A certificate authority that a cluster uses, as far as others may know it. */
export interface AuthorityFacts {
    /** Fingerprint of the root that signs for the cluster; empty when it is not known. */
    readonly rootFingerprint: string;
    /** Fingerprints of the roots that the cluster trusts. */
    readonly trustedRoots: readonly string[];
}

/** The roots of an existing `cacerts`, and which of them signs. */
export function existingAuthority({ certPem, trustBundlePem }: FoundCaCerts): AuthorityFacts {
    const roots = certificatesIn(trustBundlePem).map((pem) => new X509Certificate(pem));
    const [own] = certificatesIn(certPem).map((pem) => new X509Certificate(pem));
    const signing = roots.find((root) => own?.checkIssued(root) && own.verify(root.publicKey)) ?? roots[0];
    return {
        rootFingerprint: signing === undefined ? "" : fingerprintOf(signing),
        trustedRoots: roots.map(fingerprintOf),
    };
}

/** A warning about a peer whose workloads this cluster can't trust, or whose proxies can't trust this one's. */
export function distrustWarning(
    own: AuthorityFacts & { readonly stack: string },
    peer: AuthorityFacts & { readonly stack: string },
): string | undefined {
    if (own.rootFingerprint === "" || peer.rootFingerprint === "") return undefined;
    if (own.trustedRoots.includes(peer.rootFingerprint) && peer.trustedRoots.includes(own.rootFingerprint))
        return undefined;
    return (
        `"${own.stack}" and "${peer.stack}" do not trust each other's root certificates (SHA-256 ` +
        `${own.rootFingerprint.slice(0, 16)} and ${peer.rootFingerprint.slice(0, 16)}), so calls between them fail. ` +
        `Update both; where that does not help, give both the same root.`
    );
}
