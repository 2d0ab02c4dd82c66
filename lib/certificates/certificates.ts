import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { ConfigProblem } from "../base/problem";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
    readonly certPem: string;
    readonly privateKeyPem: string;
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

/**
 * Says what is wrong with a root that the user gives: everything that istiod or the proxies would stumble over later.
 *
 * @param paths names of the two settings that it comes from
 */
export function rootProblems(
    root: KeyPair,
    paths: { readonly cert: string; readonly key: string },
    now: Date,
): readonly ConfigProblem[] {
    const problems: ConfigProblem[] = [];
    const say = (path: string, message: string) => problems.push({ path, message });
    const { length } = certificatesIn(root.certPem);
    const cert = length === 1 ? certificateOf(root.certPem) : undefined;
    if (length > 1) say(paths.cert, `holds ${length} certificates; give the root alone`);
    else if (cert === undefined)
        say(paths.cert, "holds no PEM certificate; give a text that begins with -----BEGIN CERTIFICATE-----");
    else for (const message of certificateProblems(cert, now)) say(paths.cert, message);
    const key = parsedKey(root.privateKeyPem);
    if (typeof key === "string") say(paths.key, key);
    else if (cert !== undefined && !cert.checkPrivateKey(key))
        say(
            paths.key,
            `does not belong to the certificate in ${paths.cert}; give the key that the certificate was made with`,
        );
    return problems;
}

function certificateProblems(cert: X509Certificate, now: Date): readonly string[] {
    const problems: string[] = [];
    const [from, to] = [new Date(cert.validFrom), new Date(cert.validTo)];
    const { ca, pathLength } = basicConstraints(cert);
    const usage = keyUsage(cert);
    const keyType = cert.publicKey.asymmetricKeyType ?? "unknown";
    if (to <= now) problems.push(`ended on ${to.toISOString()}; give a certificate that is valid`);
    if (from > now)
        problems.push(
            `is not valid before ${from.toISOString()}; wait until then, or correct this machine's clock`,
        );
    if (!ca)
        problems.push(
            "is no certificate authority (its basic constraints do not say CA:TRUE); give one that is",
        );
    if (ca && pathLength === 0)
        problems.push(
            "has path length 0, so no intermediate may follow it, and each cluster gets one; give a root with path " +
                "length 1 or more, or none",
        );
    if (usage !== undefined && !usage.signsCertificates)
        problems.push(
            "may not sign certificates (its key usage lacks keyCertSign); give a root whose key usage allows it",
        );
    if (cert.issuer !== cert.subject || !cert.verify(cert.publicKey))
        problems.push(
            `is not signed by itself, but by "${cert.issuer.replaceAll("\n", ", ")}"; proxies trust only a root, so give that one`,
        );
    if (!["rsa", "ec"].includes(keyType))
        problems.push(`has a key of type ${keyType}; Istio takes RSA and ECDSA keys only`);
    return problems;
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

/** Object identifiers of X.509 extensions (RFC 5280, section 4.2.1), in DER. */
const oid = { keyUsage: "551d0f", basicConstraints: "551d13" } as const;

/** Tags of DER values. */
const tag = { boolean: 1, integer: 2, octets: 4, objectId: 6, extensions: 0xa3 } as const;

/** Whether a certificate is an authority, and how many authorities may follow it; undefined for any number. */
function basicConstraints(cert: X509Certificate): { ca: boolean; pathLength?: number } {
    const value = extension(cert, oid.basicConstraints);
    if (value === undefined) return { ca: false };
    const parts = children(children(value)[0]?.content ?? Buffer.alloc(0));
    const ca = parts.some((part) => part.tag === tag.boolean && part.content[0] !== 0);
    const length = parts.find((part) => part.tag === tag.integer);
    return { ca, ...(length && { pathLength: length.content.readUIntBE(0, length.content.length) }) };
}

function keyUsage(cert: X509Certificate): { signsCertificates: boolean } | undefined {
    const value = extension(cert, oid.keyUsage);
    // A bit string: the number of unused bits, then the bits, of which keyCertSign is the sixth.
    const bits = value === undefined ? undefined : children(value)[0]?.content;
    return bits && { signsCertificates: ((bits[1] ?? 0) & 0b100) !== 0 };
}

interface DerValue {
    readonly tag: number;
    readonly content: Buffer;
}

/** The DER values that stand one after the other in a buffer. What it reads, OpenSSL has read before. */
function children(buffer: Buffer): readonly DerValue[] {
    const values: DerValue[] = [];
    let at = 0;
    while (at + 2 <= buffer.length) {
        const first = buffer[at + 1] ?? 0;
        const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
        const start = at + 2 + lengthBytes;
        const length = lengthBytes === 0 ? first : buffer.readUIntBE(at + 2, lengthBytes);
        values.push({ tag: buffer[at] ?? 0, content: buffer.subarray(start, start + length) });
        at = start + length;
    }
    return values;
}

/** The value of one of a certificate's extensions. */
function extension(cert: X509Certificate, id: string): Buffer | undefined {
    const toBeSigned = children(children(cert.raw)[0]?.content ?? Buffer.alloc(0))[0];
    const list = children(toBeSigned?.content ?? Buffer.alloc(0)).find((part) => part.tag === tag.extensions);
    const extensions = children(children(list?.content ?? Buffer.alloc(0))[0]?.content ?? Buffer.alloc(0));
    const found = extensions
        .map(({ content }) => children(content))
        .find(([name]) => name?.tag === tag.objectId && name.content.toString("hex") === id);
    return found?.find((part) => part.tag === tag.octets)?.content;
}
