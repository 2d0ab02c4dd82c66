import assert from "node:assert/strict";
import fc from "fast-check";
import { zoneFile, type ZoneRecord, zoneTtlSeconds } from "../../../lib/dns/zoneFile";
import { ipv4, meshHost } from "../../support/arbitraries";

const records = fc.uniqueArray(fc.record({ host: meshHost, address: ipv4 }, { noNullPrototype: true }), {
    selector: ({ host }) => host,
    maxLength: 30,
});

interface Zone {
    readonly origin: string;
    readonly ttl: number;
    readonly soa: readonly string[];
    readonly servers: readonly string[];
    readonly records: readonly ZoneRecord[];
}

/** Reads a zone file as a DNS server does, as far as {@link zoneFile} uses the format; any other line is an error. */
function parseZone(text: string): Zone {
    assert.ok(text.endsWith("\n"));
    const lines = text.slice(0, -1).split("\n");
    const matches = (pattern: RegExp) =>
        lines.flatMap((line) => [pattern.exec(line)?.slice(1) ?? []]).filter((m) => m.length);
    const [[origin = ""] = []] = matches(/^\$ORIGIN (\S+)$/);
    const [[ttl = ""] = []] = matches(/^\$TTL (\d+)$/);
    const soas = matches(/^@ IN SOA (\S+) (\S+) (\d+) (\d+) (\d+) (\d+) (\d+)$/);
    const servers = matches(/^@ IN NS (\S+)$/).flat();
    const hosts = matches(/^(\S+)\. IN A (\d+\.\d+\.\d+\.\d+)$/);
    assert.equal(soas.length, 1);
    assert.equal(3 + servers.length + hosts.length, lines.length);
    return {
        origin,
        ttl: Number(ttl),
        soa: soas[0] ?? [],
        servers,
        records: hosts.map(([host = "", address = ""]) => ({ host, address })),
    };
}

function serial(text: string): number {
    return Number(parseZone(text).soa[2]);
}

describe("zoneFile", () => {
    it("writes the zone of the tutorial", () => {
        assert.equal(
            zoneFile("global", "ns.global", [
                { host: "sleep.foo.global", address: "240.0.0.3" },
                { host: "httpbin.bar.global", address: "240.0.0.2" },
            ]),
            [
                "$ORIGIN global.",
                "$TTL 5",
                "@ IN SOA ns.global. hostmaster.global. 3230139647 7200 1800 86400 1",
                "@ IN NS ns.global.",
                "httpbin.bar.global. IN A 240.0.0.2",
                "sleep.foo.global. IN A 240.0.0.3",
                "",
            ].join("\n"),
        );
    });

    it("holds every record once, sorted, and the same text whatever the order", () => {
        fc.assert(
            fc.property(
                records.chain((list) =>
                    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
                ),
                ([list, shuffled]) => {
                    const text = zoneFile("global", "ns.global", list);
                    const zone = parseZone(text);
                    const byHost = new Map(list.map((record) => [record.host, record]));
                    assert.deepEqual(
                        zone.records,
                        [...byHost.keys()].sort().map((host) => byHost.get(host)),
                    );
                    assert.equal(zone.origin, "global.");
                    assert.equal(zone.ttl, zoneTtlSeconds);
                    assert.deepEqual(zone.servers, ["ns.global."]);
                    assert.equal(zoneFile("global", "ns.global", shuffled), text);
                },
            ),
        );
    });

    it("has a serial number of 32 bits that changes with the records", () => {
        fc.assert(
            fc.property(records, meshHost, ipv4, (list, host, address) => {
                const before = serial(zoneFile("global", "ns.global", list));
                assert.ok(Number.isInteger(before) && before >= 0 && before < 2 ** 32);
                const others = list.filter((record) => record.host !== host);
                const after = serial(zoneFile("global", "ns.global", [...others, { host, address }]));
                assert.equal(
                    after === before,
                    others.length < list.length && list.some((r) => r.host === host && r.address === address),
                );
            }),
        );
    });

    it("does not change its input", () => {
        const list = Object.freeze([
            { host: "b.x.global", address: "240.0.0.3" },
            { host: "a.x.global", address: "240.0.0.2" },
        ]);
        zoneFile("global", "ns.global", list);
        assert.deepEqual(
            list.map(({ host }) => host),
            ["b.x.global", "a.x.global"],
        );
    });

    it("is a valid zone without any record", () => {
        assert.deepEqual(parseZone(zoneFile("global", "ns.global", [])).records, []);
    });
});
