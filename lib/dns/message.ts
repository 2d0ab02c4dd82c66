import { randomInt } from "node:crypto";
import { type Packet, RECURSION_DESIRED, streamDecode, streamEncode } from "dns-packet";

/** What a DNS server says about the start of a zone. */
export interface SoaAnswer {
    /** Response code, such as `NOERROR`, `NXDOMAIN`, `SERVFAIL` or `REFUSED`. */
    readonly code: string;
    /** Primary server of the zone, in lower case and without a final dot; undefined when the answer holds none. */
    readonly primary: string | undefined;
}

/** A question for the start of authority (SOA) of a zone, framed for DNS over TCP. */
export function soaQuery(zone: string, id: number = randomInt(0xffff)): Buffer {
    return streamEncode({
        type: "query",
        id,
        flags: RECURSION_DESIRED,
        questions: [{ type: "SOA", name: zone }],
    });
}

/**
 * Whether a buffer holds a whole message of DNS over TCP: two bytes of length, then as many bytes.
 */
export function isComplete(received: Buffer): boolean {
    return received.length >= 2 && received.length >= received.readUInt16BE(0) + 2;
}

/**
 * Reads the answer to soaQuery.
 *
 * @throws Error when the bytes are not a DNS message
 */
export function soaAnswer(received: Buffer, zone: string): SoaAnswer {
    // The library decodes the response code, but its types leave it out.
    const packet: Packet & { readonly rcode?: string } = streamDecode(received);
    const record = packet.answers?.find(
        (answer) => answer.type === "SOA" && bare(answer.name) === bare(zone),
    );
    return {
        code: packet.rcode ?? "NOERROR",
        primary: record?.type === "SOA" ? bare(record.data.mname) : undefined,
    };
}

/** A domain name in lower case and without a final dot. */
function bare(name: string): string {
    return name.toLowerCase().replace(/\.$/, "");
}
