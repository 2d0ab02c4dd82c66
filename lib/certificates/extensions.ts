import type { X509Certificate } from "node:crypto";

/** Object identifiers of X.509 extensions (RFC 5280, section 4.2.1), in DER. */
const oid = { keyUsage: "551d0f", basicConstraints: "551d13" } as const;

/** Tags of DER values. */
const tag = { boolean: 1, integer: 2, octets: 4, objectId: 6, extensions: 0xa3 } as const;

/** Whether a certificate is an authority, and how many authorities may follow it; undefined for any number. */
export function basicConstraints(cert: X509Certificate): { ca: boolean; pathLength?: number } {
    const value = extension(cert, oid.basicConstraints);
    if (value === undefined) return { ca: false };
    const parts = children(children(value)[0]?.content ?? Buffer.alloc(0));
    const ca = parts.some((part) => part.tag === tag.boolean && part.content[0] !== 0);
    const length = parts.find((part) => part.tag === tag.integer);
    return { ca, ...(length && { pathLength: length.content.readUIntBE(0, length.content.length) }) };
}

export function keyUsage(cert: X509Certificate): { signsCertificates: boolean } | undefined {
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
