import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { ConfigProblem } from "../base/problem";
import { basicConstraints, keyUsage } from "./extensions";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
    readonly certPem: string;
    readonly privateKeyPem: string;
}

/** A root that the user gives, whose key may be elsewhere. */
export interface GivenRoot {
    readonly certPem: string;
    /** Absent where it is elsewhere: then what it has signed there is given. */
    readonly privateKeyPem?: string;
    /** Intermediates that it has signed elsewhere, by cluster; absent where they are signed here. */
    readonly intermediates?: ReadonlyMap<string, KeyPair>;
}

/** Names of the two settings that a certificate and its key come from. */
export interface PairPaths {
    readonly cert: string;
    readonly key: string;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const dayMs = 24 * 60 * 60 * 1000;

/** The certificates in a text, each as a PEM text of its own that ends with a line break. */
export function certificatesIn(text: string): readonly string[] {
    return [...text.matchAll(pemCertificate)].map(([pem]) => `${pem.replaceAll("\r\n", "\n")}\n`);
}

/** SHA-256 of a certificate, lower-case hex, or empty for a text that is no certificate (in a preview before there is one). */
export function fingerprint(certPem: string): string {
    const cert = certificateOf(certPem);
    return cert === undefined ? "" : fingerprintOf(cert);
}

/** SHA-256 of a certificate, lower-case hex without colons. */
export function fingerprintOf(cert: X509Certificate): string {
    return cert.fingerprint256.replaceAll(":", "").toLowerCase();
}

/** Whole days from a moment to a certificate's end, rounded down; negative after it. */
export function daysUntil(end: string, now: Date): number {
    return Math.floor((Date.parse(end) - now.getTime()) / dayMs);
}

/** Says what is wrong with a root that the user gives: everything that istiod or the proxies would stumble over later. */
export function rootProblems(
    root: Pick<GivenRoot, "certPem" | "privateKeyPem">,
    paths: PairPaths,
    now: Date,
): readonly ConfigProblem[] {
    return pairProblems(root, paths, "root", (cert) => [
        ...authorityProblems(cert, "a root", now),
        ...rootsOwnProblems(cert),
        ...keyTypeProblems(cert),
    ]);
}

/** Says what is wrong with an intermediate that the user gives, beside its root. */
export function intermediateProblems(
    intermediate: KeyPair,
    rootPem: string,
    paths: PairPaths,
    now: Date,
): readonly ConfigProblem[] {
    const root = certificateOf(rootPem);
    return pairProblems(intermediate, paths, "intermediate", (cert) => [
        ...authorityProblems(cert, "an intermediate", now),
        ...(root === undefined || isSignedBy(cert, root)
            ? []
            : [
                  `is signed by "${nameOf(cert.issuer)}", and not by this root; give the intermediate that the root ` +
                      `itself has signed`,
              ]),
        ...keyTypeProblems(cert),
    ]);
}

function pairProblems(
    { certPem, privateKeyPem }: Pick<GivenRoot, "certPem" | "privateKeyPem">,
    paths: PairPaths,
    what: string,
    judge: (cert: X509Certificate) => readonly string[],
): readonly ConfigProblem[] {
    const problems: ConfigProblem[] = [];
    const say = (path: string, message: string) => problems.push({ path, message });
    const { length } = certificatesIn(certPem);
    const cert = length === 1 ? certificateOf(certPem) : undefined;
    if (length > 1) say(paths.cert, `holds ${length} certificates; give the ${what} alone`);
    else if (cert === undefined)
        say(paths.cert, "holds no PEM certificate; give a text that begins with -----BEGIN CERTIFICATE-----");
    else for (const message of judge(cert)) say(paths.cert, message);
    if (privateKeyPem === undefined) return problems;
    const key = parsedKey(privateKeyPem);
    if (typeof key === "string") say(paths.key, key);
    else if (cert !== undefined && !cert.checkPrivateKey(key))
        say(
            paths.key,
            `does not belong to the certificate in ${paths.cert}; give the key that the certificate was made with`,
        );
    return problems;
}

function authorityProblems(cert: X509Certificate, what: string, now: Date): readonly string[] {
    const [from, to] = [new Date(cert.validFrom), new Date(cert.validTo)];
    const usage = keyUsage(cert);
    return [
        ...(to <= now ? [`ended on ${to.toISOString()}; give a certificate that is valid`] : []),
        ...(from > now
            ? [`is not valid before ${from.toISOString()}; wait until then, or correct this machine's clock`]
            : []),
        ...(basicConstraints(cert).ca
            ? []
            : ["is no certificate authority (its basic constraints do not say CA:TRUE); give one that is"]),
        ...(usage === undefined || usage.signsCertificates
            ? []
            : [
                  `may not sign certificates (its key usage lacks keyCertSign); give ${what} whose key usage allows it`,
              ]),
    ];
}

function rootsOwnProblems(cert: X509Certificate): readonly string[] {
    const { ca, pathLength } = basicConstraints(cert);
    return [
        ...(ca && pathLength === 0
            ? [
                  "has path length 0, so no intermediate may follow it, and each cluster gets one; give a root with path " +
                      "length 1 or more, or none",
              ]
            : []),
        ...(isSignedBy(cert, cert)
            ? []
            : [
                  `is not signed by itself, but by "${nameOf(cert.issuer)}"; proxies trust only a root, so give that one`,
              ]),
    ];
}

function keyTypeProblems(cert: X509Certificate): readonly string[] {
    const type = cert.publicKey.asymmetricKeyType ?? "unknown";
    return ["rsa", "ec"].includes(type)
        ? []
        : [`has a key of type ${type}; Istio takes RSA and ECDSA keys only`];
}

function isSignedBy(cert: X509Certificate, authority: X509Certificate): boolean {
    return cert.issuer === authority.subject && cert.verify(authority.publicKey);
}

function nameOf(subject: string): string {
    return subject.replaceAll("\n", ", ");
}

/** The first certificate of a text, or undefined where it holds none that can be read. */
export function certificateOf(certPem: string): X509Certificate | undefined {
    const [pem] = certificatesIn(certPem);
    if (pem === undefined) return undefined;
    try {
        return new X509Certificate(pem);
    } catch {
        return undefined;
    }
}

/** The key, or what is wrong with it. */
function parsedKey(pem: string): KeyObject | string {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem))
        return "is locked by a password; give the key without one (openssl pkey -in KEY -out KEY.plain)";
    try {
        return createPrivateKey(pem);
    } catch {
        return "holds no PEM private key; give a text that begins with -----BEGIN PRIVATE KEY-----";
    }
}
