import assert from "node:assert/strict";
import fc from "fast-check";
import { type StubAdapter, stubAdapters } from "../../../lib/base/dnsAdapter";
import { newContents, stubFormats, withoutStubDomains } from "../../../lib/dns/stubDomains";
import type { Contents } from "../../../lib/dns/stubFormat";
import { anyCorefile, realCorefiles } from "../../support/corefiles";

const owner = "organization/mesh/cluster1";
const stub = { zones: ["global", "mesh.corp"], forwardTo: ["10.91.0.53"], owner };
const fresh = { takeOver: false };
const later = { takeOver: true };

/** Objects as JSON.parse makes them. */
const plain = { noNullPrototype: true };
const blank = fc.constantFrom("", " ", "\n", "\r\n\t", "\n    ");
const server = fc.constantFrom("10.1.2.3", "10.1.2.4:5353", "dns.example.org");

/** A `stubDomains` text as people write it: with any white space, and names that need escapes. */
const stubDomainsTexts: fc.Arbitrary<string> = fc
    .record({
        zones: fc.uniqueArray(
            fc.constantFrom("acme.local", "globalx", 'say "hi"', "a,b", "{x}", "bar.global", "\\u0041", "ü"),
        ),
        servers: fc.array(server, { maxLength: 3 }),
        gap: blank,
        other: blank,
    })
    .map(({ zones, servers, gap, other }) => {
        const entries = zones.map(
            (zone) => `${gap}${JSON.stringify(zone)}${other}:${JSON.stringify(servers)}`,
        );
        return `${other}{${entries.join(`${gap},`)}${gap}}${other}`;
    });

const otherEntries = fc.dictionary(
    fc.constantFrom("upstreamNameservers", "log.override", "NodeHosts"),
    fc.string(),
);
const annotations = fc.dictionary(fc.constantFrom("a/b", "meta.helm.sh/release-name"), fc.string(), plain);

/** What a ConfigMap of each kind may hold, without our part. */
const contents: Readonly<Record<StubAdapter, fc.Arbitrary<Contents>>> = {
    coredns: fc
        .record({ corefile: anyCorefile, others: otherEntries, annotations })
        .map(({ corefile, others, annotations }) => ({
            data: { ...others, Corefile: corefile },
            annotations,
        })),
    "coredns-custom": fc
        .record({
            server: anyCorefile,
            others: fc.dictionary(
                fc.constantFrom("log.override", "readme", "empty.server"),
                fc.constant(""),
                plain,
            ),
            annotations,
        })
        .map(({ server, others, annotations }) => ({
            data: { ...others, "theirs.server": server },
            annotations,
        })),
    "kube-dns": fc
        .record({ text: fc.option(stubDomainsTexts), others: otherEntries, annotations })
        .map(({ text, others, annotations }) => ({
            data: { ...others, ...(text === null ? {} : { stubDomains: text }) },
            annotations,
        })),
};

for (const adapter of stubAdapters) {
    const format = stubFormats[adapter];
    const any = contents[adapter];
    describe(`the zones in the ConfigMap of ${adapter}`, () => {
        it("are there after a merge, the same after two, and leave no trace when removed", () => {
            fc.assert(
                fc.property(any, (before) => {
                    assert.equal(format.read(before, stub.zones), "");
                    const merged = format.merge(before, stub, fresh);
                    assert.equal(format.read(merged, stub.zones), format.text(stub));
                    assert.deepEqual(format.merge(merged, stub, fresh), merged);
                    assert.deepEqual(format.remove(merged, stub.zones, owner), before);
                    assert.deepEqual(withoutStubDomains(format, merged, stub.zones, owner), before);
                }),
                { numRuns: 300 },
            );
        });

        it("are brought up to date for other servers, and dropped one by one", () => {
            fc.assert(
                fc.property(any, (before) => {
                    const old = format.merge(before, { ...stub, forwardTo: ["10.0.0.1", "10.0.0.2"] }, fresh);
                    const now = format.merge(old, stub, later);
                    assert.equal(format.read(now, stub.zones), format.text(stub));
                    const one = { ...stub, zones: ["mesh.corp"] };
                    const fewer = format.merge(now, one, later);
                    assert.equal(format.read(fewer, stub.zones), format.text(one));
                    assert.deepEqual(format.remove(fewer, one.zones, owner), before);
                }),
            );
        });

        it("are all removed, also those of an interrupted update that is not in the state", () => {
            fc.assert(
                fc.property(any, (before) => {
                    const merged = format.merge(before, stub, fresh);
                    assert.deepEqual(format.remove(merged, ["global"], owner), before);
                }),
            );
        });

        it("share the ConfigMap with another owner's", () => {
            fc.assert(
                fc.property(any, (before) => {
                    const theirs = { ...stub, zones: ["theirs"], owner: "organization/mesh/other" };
                    const both = format.merge(format.merge(before, theirs, fresh), stub, fresh);
                    const alone = format.remove(both, stub.zones, owner);
                    assert.equal(format.read(alone, theirs.zones), format.text(theirs));
                    assert.deepEqual(format.remove(alone, theirs.zones, theirs.owner), before);
                }),
            );
        });

        it("belong to one owner, unless they are taken over", () => {
            const start: Readonly<Record<string, string>> =
                adapter === "coredns" ? { Corefile: realCorefiles["kubeadm"] ?? "" } : {};
            const empty: Contents = { data: start, annotations: {} };
            const theirs = format.merge(empty, { ...stub, owner: "organization/mesh/other" }, fresh);
            assert.throws(
                () => format.merge(theirs, stub, fresh),
                /belongs to "organization\/mesh\/other", not to/,
            );
            const taken = format.merge(theirs, stub, later);
            assert.deepEqual(format.remove(taken, stub.zones, owner), empty);
        });
    });
}

describe("a ConfigMap that was made here", () => {
    const format = stubFormats["coredns-custom"];
    const made = format.merge(newContents(owner), stub, fresh);

    it("goes when nothing is left in it", () => {
        assert.equal(withoutStubDomains(format, made, stub.zones, owner), undefined);
    });

    it("stays, as if it had not been made here, with what somebody else has put into it", () => {
        const shared = { ...made, data: { ...made.data, "theirs.server": "a {\n}\n" } };
        assert.deepEqual(withoutStubDomains(format, shared, stub.zones, owner), {
            data: { "theirs.server": "a {\n}\n" },
            annotations: {},
        });
        const binaryData = { icon: "AA==" };
        assert.deepEqual(withoutStubDomains(format, { ...made, binaryData }, stub.zones, owner), {
            data: {},
            annotations: {},
            binaryData,
        });
    });
});

describe("coredns-custom", () => {
    const format = stubFormats["coredns-custom"];
    const ours = "istio-multicluster-global.server";
    const withKey = (key: string, text: string): Contents => ({ data: { [key]: text }, annotations: {} });

    it("has one key for each zone, with the marked server block", () => {
        const { data } = format.merge(withKey("a.override", "log"), { ...stub, zones: ["global"] }, fresh);
        assert.deepEqual(data, {
            "a.override": "log",
            [ours]:
                `# BEGIN istio-multicluster zone global owner=${owner}\n` +
                "global:53 {\n    errors\n    cache 30 {\n        denial 9984 30 1\n    }\n    forward . 10.91.0.53\n}\n" +
                "# END istio-multicluster zone global\n",
        });
    });

    it("keeps what somebody has written beside the block in the same key", () => {
        const merged = format.merge(withKey("x", ""), { ...stub, zones: ["global"] }, fresh);
        const edited = { ...merged, data: { ...merged.data, [ours]: `${merged.data[ours] ?? ""}# mine\n` } };
        assert.deepEqual(format.merge(edited, { ...stub, zones: ["global"] }, later), edited);
        assert.deepEqual(format.remove(edited, ["global"], owner).data, { x: "", [ours]: "# mine\n" });
    });

    for (const [what, key, text, message] of [
        [
            "another key that serves the zone",
            "theirs.server",
            "a {\n}\nglobal {\n}\n",
            'Line 3 of the key "theirs.server" already serves the zone "global" on port 53 ("global"), in a server block ' +
                "of somebody else. Remove it there, or use another zone.",
        ],
        [
            "another key that can't be read",
            "theirs.server",
            "a {\n",
            'The block "a" that begins at line 1 of the key "theirs.server" is never closed: a } is missing.',
        ],
        [
            "a key named like ours that somebody else has made",
            ours,
            "global:53 {\n}\n",
            `Line 1 of the key "${ours}" already serves the zone "global" on port 53 ("global:53"), in a server block ` +
                "of somebody else. Remove it there, or use another zone.",
        ],
    ] as const) {
        it(`refuses ${what}`, () => {
            const before = withKey(key, text);
            assert.throws(() => format.merge(before, stub, fresh), { message });
            assert.throws(
                () => {
                    format.check(before, stub.zones);
                },
                { message },
            );
        });
    }
});

describe("kube-dns", () => {
    const format = stubFormats["kube-dns"];
    const withText = (stubDomains: string): Contents => ({ data: { stubDomains }, annotations: {} });
    const only = { ...stub, zones: ["global"] };

    it("gets entries of the JSON object, beside those of others", () => {
        const before = '{\n  "acme.local": ["1.2.3.4"]\n}\n';
        const { data, annotations } = format.merge(withText(before), stub, fresh);
        assert.deepEqual(data, {
            stubDomains:
                '{"mesh.corp":["10.91.0.53"],"global":["10.91.0.53"],\n  "acme.local": ["1.2.3.4"]\n}\n',
        });
        assert.deepEqual(annotations, {
            "istio-multicluster/stub-domains": `{"keyAdded":false,"owners":{"global":"${owner}","mesh.corp":"${owner}"}}`,
        });
    });

    it("heals its entry wherever somebody has moved it", () => {
        const merged = format.merge(withText('{"a": ["1.2.3.4"]}'), only, fresh);
        const moved = { ...merged, data: { stubDomains: '{"a": ["1.2.3.4"], "Global." : ["9.9.9.9"]}' } };
        assert.equal(format.read(moved, ["global"]), '"global":["9.9.9.9"]\n');
        const healed = format.merge(moved, only, later);
        assert.equal(healed.data["stubDomains"], '{"global":["10.91.0.53"],"a": ["1.2.3.4"]}');
        assert.deepEqual(format.remove(moved, ["global"], owner), withText('{"a": ["1.2.3.4"]}'));
    });

    for (const [what, text, message] of [
        [
            "a foreign entry for the zone",
            '{"GLOBAL.": ["1.2.3.4"]}',
            'The key "stubDomains" of the cluster DNS\'s ConfigMap already hands the zone "global" on to ["1.2.3.4"], by ' +
                "an entry of somebody else. Remove it there, or use another suffix.",
        ],
        [
            "a text that is no JSON object",
            '["global"]',
            'The key "stubDomains" of the cluster DNS\'s ConfigMap is not a JSON object; mend it, then run this again.',
        ],
    ] as const) {
        it(`refuses ${what}`, () => {
            const before = withText(text);
            assert.throws(() => format.merge(before, only, fresh), { message });
            assert.throws(
                () => {
                    format.check(before, ["global"]);
                },
                { message },
            );
        });
    }
});
