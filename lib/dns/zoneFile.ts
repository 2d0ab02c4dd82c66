import { createHash } from "node:crypto";

/** One name of a zone. */
export interface ZoneRecord {
    /** Full host name inside the zone, such as `httpbin.bar.global`. */
    readonly host: string;
    /** IPv4 address. */
    readonly address: string;
}

/** Seconds that a resolver may keep an answer. */
export const zoneTtlSeconds = 5;

/** Seconds that it may keep a "no such name": whoever asks for an import before it is there should not wait for it any longer. */
export const unknownTtlSeconds = 1;

/**
 * Writes a DNS zone (RFC 1035 master file) with an A record for each host, sorted by name.
 *
 * The serial number comes from the records, so that the same records give the same text.
 *
 * @param zone the zone's name without a final dot, such as `global`
 * @param server the name server's host name
 */
export function zoneFile(zone: string, server: string, records: readonly ZoneRecord[]): string {
    const lines = [...records]
        .sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
        .map((record) => `${record.host}. IN A ${record.address}`);
    const serial = createHash("sha256").update(lines.join("\n")).digest().readUInt32BE(0);
    return [
        `$ORIGIN ${zone}.`,
        `$TTL ${zoneTtlSeconds}`,
        `@ IN SOA ${server}. hostmaster.${zone}. ${serial} 7200 1800 86400 ${unknownTtlSeconds}`,
        `@ IN NS ${server}.`,
        ...lines,
        "",
    ].join("\n");
}
