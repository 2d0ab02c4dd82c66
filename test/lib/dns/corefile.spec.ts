import assert from "node:assert/strict";
import fc from "fast-check";
import {
    checkForeign,
    checkStubDomain,
    markedZones,
    mergeStubDomain,
    readStubDomain,
    reloadsByItself,
    removeStubDomain,
    stubDomainContent,
    stubDomainProblems,
} from "../../../lib/dns/corefile";
import { CorefileError, parseCorefile, tokenize } from "../../../lib/dns/corefileSyntax";
import { brokenCorefiles, damagedMarkers, stub } from "../../refusals/corefiles";
import { refuses } from "../../refusals/sections";
import { anyCorefile, corefiles, realCorefiles } from "../../support/corefiles";

const kubeadm = realCorefiles["kubeadm"] ?? "";

/** Asserts that the work throws a CorefileError with exactly this message. */
function refused(work: () => unknown, message: string, line?: number): void {
    assert.throws(work, (error) => {
        assert(error instanceof CorefileError);
        assert.deepEqual({ message: error.message, line: error.line }, { message, line });
        return true;
    });
}

describe("corefile", () => {
    describe("tokenize", () => {
        const texts = (corefile: string): string[] => tokenize(corefile).map((token) => token.text);

        it("reads comments, quotes and carriage returns as CoreDNS does", () => {
            assert.deepEqual(texts('a#b c\nd # e f\n"g h" "i\\"j" k"l'), [
                "a",
                "c",
                "d",
                "g h",
                'i"j',
                'k"l',
            ]);
            assert.deepEqual(texts("a\r\nb\rc\u00a0d"), ["a", "bc", "d"]);
            assert.deepEqual(texts('"a""b"c'), ["a", "b", "c"]);
            assert.deepEqual(texts("\ufeffa"), ["a"]);
        });

        it("knows where each token is", () => {
            assert.deepEqual(tokenize('a\n "b\nc" d'), [
                { text: "a", line: 1, endLine: 1, start: 0, end: 1 },
                { text: "b\nc", line: 2, endLine: 3, start: 3, end: 8 },
                { text: "d", line: 3, endLine: 3, start: 9, end: 10 },
            ]);
        });
    });

    describe("parseCorefile", () => {
        it("finds the blocks with their names and places", () => {
            const corefile = "(s) {\n a {\n }\n}\n# x\nimport y\nb:53, c,\nd {\n e {\n  f\n }\n}\n";
            const found = parseCorefile(corefile).map(({ start, end, ...block }) => ({
                ...block,
                text: corefile.slice(start, end),
            }));
            assert.deepEqual(found, [
                { kind: "snippet", keys: [{ text: "(s)", line: 1 }], line: 1, text: "(s) {\n a {\n }\n}" },
                {
                    kind: "server",
                    keys: [
                        { text: "b:53", line: 7 },
                        { text: "c", line: 7 },
                        { text: "d", line: 8 },
                    ],
                    line: 7,
                    text: "b:53, c,\nd {\n e {\n  f\n }\n}",
                },
            ]);
        });

        it("takes import for a directive only at the start of a line", () => {
            const names = (corefile: string): string[][] =>
                parseCorefile(corefile).map((block) => block.keys.map(({ text }) => text));
            assert.deepEqual(names("import x\na import {\n}\n"), [["a", "import"]]);
            assert.deepEqual(names("a {\n} import x {\n}\n"), [["a"], ["import", "x"]]);
        });

        for (const [cause, message, corefile, line] of brokenCorefiles) {
            it(refuses(cause), () => {
                refused(() => mergeStubDomain(corefile, stub), message, line);
                refused(() => parseCorefile(corefile), message, line);
            });
        }
    });

    describe("mergeStubDomain", () => {
        it("appends one marked block and nothing else", () => {
            assert.equal(
                mergeStubDomain(kubeadm, { ...stub, forwardTo: ["10.91.0.53", "[fd00::1]:5353"] }),
                kubeadm +
                    [
                        "# BEGIN istio-multicluster zone global owner=organization/mesh/cluster1",
                        "global:53 {",
                        "    errors",
                        "    cache 30 {",
                        "        denial 9984 30 1",
                        "    }",
                        "    forward . 10.91.0.53 [fd00::1]:5353",
                        "}",
                        "# END istio-multicluster zone global",
                        "",
                    ].join("\n"),
            );
        });

        it("writes the file's own line ends", () => {
            const merged = mergeStubDomain(realCorefiles["tabs and CRLF"] ?? "", stub);
            assert.deepEqual(merged.replaceAll("\r\n", "").match(/[\r\n]/g), null);
        });

        it("gives the same text twice, and a parsable one with exactly one more block, for every Corefile", () => {
            fc.assert(
                fc.property(anyCorefile, (corefile) => {
                    const merged = mergeStubDomain(corefile, stub);
                    assert.equal(mergeStubDomain(merged, stub), merged);
                    assert.equal(merged.slice(0, corefile.length), corefile);
                    const names = (text: string): string[][] =>
                        parseCorefile(text).map((block) => block.keys.map(({ text: name }) => name));
                    assert.deepEqual(names(merged), [...names(corefile), ["global:53"]]);
                }),
                { numRuns: 500 },
            );
        });

        it("replaces its block where it stands, also a damaged one, and nothing else", () => {
            fc.assert(
                fc.property(
                    anyCorefile,
                    fc.constantFrom("global:53 {", "", "forward . 1.2.3.4\n}"),
                    (corefile, wrong) => {
                        const merged =
                            mergeStubDomain(corefile, { ...stub, forwardTo: ["10.0.0.1"] }) + "# appended\n";
                        const damaged = merged.replace(/(# BEGIN.*)[^]*(# END)/, `$1\n${wrong}\n$2`);
                        const expected = mergeStubDomain(corefile, stub) + "# appended\n";
                        assert.equal(mergeStubDomain(merged, stub), expected);
                        assert.equal(
                            mergeStubDomain(damaged, stub).replaceAll("\r", ""),
                            expected.replaceAll("\r", ""),
                        );
                    },
                ),
            );
        });

        it("leaves the block of another owner alone, unless told to take it over", () => {
            const theirs = mergeStubDomain(kubeadm, { ...stub, owner: "organization/mesh/other" });
            refused(
                () => mergeStubDomain(theirs, stub),
                'The stub domain "global" at line 24 of the Corefile belongs to "organization/mesh/other", not to ' +
                    '"organization/mesh/cluster1". Destroy it there first, or use another zone here.',
                24,
            );
            assert.equal(mergeStubDomain(theirs, stub, { takeOver: true }), mergeStubDomain(kubeadm, stub));
        });

        for (const name of [
            "global",
            "global.",
            "GLOBAL:53",
            "dns://global:53",
            "dns://global.",
            "a global b",
            "a,\nglobal",
        ]) {
            it(`refuses a Corefile that serves ${JSON.stringify(name)} already`, () => {
                const line = name.includes("\n") ? 25 : 24;
                const key = name.split(/[\s,]+/).find((part) => /global/i.test(part)) ?? "";
                refused(
                    () => mergeStubDomain(`${kubeadm}${name} {\n}\n`, stub),
                    `Line ${line} of the Corefile already serves the zone "global" on port 53 ("${key}"), ` +
                        "in a server block of somebody else. Remove it there, or use another zone.",
                    line,
                );
            });
        }

        for (const name of [
            "global:5353",
            "tls://global",
            "tls://global:53",
            "bar.global",
            "globalx",
            "(global)",
        ]) {
            it(`accepts a Corefile that serves ${name}`, () => {
                const corefile = `${kubeadm}${name} {\n}\n`;
                assert.equal(removeStubDomain(mergeStubDomain(corefile, stub), stub), corefile);
            });
        }

        for (const [cause, message, corefile, line] of damagedMarkers) {
            it(refuses(cause), () => {
                refused(() => mergeStubDomain(corefile, stub), message, line);
                refused(() => removeStubDomain(corefile, stub), message, line);
                refused(
                    () => {
                        checkStubDomain(corefile, "global");
                    },
                    message,
                    line,
                );
            });
        }
    });

    it("refuses a foreign block of the zone, whatever stands before and after it", () => {
        fc.assert(
            fc.property(
                corefiles.filter((text) => !text.includes("\ufeff") && /^$|\n$/.test(text)),
                corefiles,
                fc.constantFrom("global", "GLOBAL.", "dns://global:53", "example.net, global:53"),
                (before, after, name) => {
                    const foreign = `${before}${name} {\n    errors\n}\n${after}`;
                    assert.throws(() => mergeStubDomain(foreign, stub), CorefileError);
                    assert.throws(() => {
                        checkForeign(foreign, "global");
                    }, /already serves the zone "global" on port 53/);
                },
            ),
        );
    });

    it("lists the zones that an owner has marked", () => {
        const theirs = mergeStubDomain(kubeadm, { ...stub, zone: "theirs", owner: "somebody" });
        const both = mergeStubDomain(mergeStubDomain(theirs, stub), { ...stub, zone: "mesh.corp" });
        assert.deepEqual(markedZones(both, stub.owner), ["global", "mesh.corp"]);
        assert.deepEqual(markedZones(kubeadm, stub.owner), []);
    });

    describe("removeStubDomain", () => {
        it("gives every Corefile back byte for byte", () => {
            fc.assert(
                fc.property(anyCorefile, (corefile) => {
                    assert.equal(removeStubDomain(mergeStubDomain(corefile, stub), stub), corefile);
                    assert.equal(removeStubDomain(corefile, stub), corefile);
                }),
                { numRuns: 500 },
            );
        });

        it("gives it back for two zones, whichever goes first", () => {
            const other = { ...stub, zone: "mesh.internal" };
            fc.assert(
                fc.property(anyCorefile, fc.boolean(), (corefile, otherFirst) => {
                    const both = mergeStubDomain(mergeStubDomain(corefile, stub), other);
                    const [first, second] = otherFirst ? [other, stub] : [stub, other];
                    assert.equal(removeStubDomain(removeStubDomain(both, first), second), corefile);
                }),
            );
        });

        it("keeps what others write before and after the block", () => {
            // A byte order mark counts only at the very start.
            const withoutMark = anyCorefile.filter((corefile) => !corefile.startsWith("\ufeff"));
            const addition = "example.org {\n}\n";
            fc.assert(
                fc.property(withoutMark, (corefile) => {
                    const edited = `# new first line\n${mergeStubDomain(corefile, stub)}${addition}`;
                    const ended = corefile === "" || corefile.endsWith("\n");
                    const eol = /# BEGIN.*\r\n/.test(edited) ? "\r\n" : "\n";
                    const expected = `# new first line\n${corefile}${ended ? "" : eol}${addition}`;
                    assert.equal(removeStubDomain(edited, stub), expected);
                }),
            );
        });

        it("follows the file when somebody has taken its last line break away", () => {
            const shortened = mergeStubDomain(kubeadm, stub).replace(/\n$/, "");
            assert.equal(removeStubDomain(shortened, stub), kubeadm.replace(/\n$/, ""));
        });

        it("leaves another zone's and another owner's block", () => {
            const merged = mergeStubDomain(kubeadm, stub);
            assert.equal(removeStubDomain(merged, { zone: "other" }), merged);
            assert.equal(removeStubDomain(merged, { zone: "global", owner: "somebody" }), merged);
        });
    });

    describe("readStubDomain", () => {
        it("gives the block as it stands, with plain line ends, for every Corefile", () => {
            fc.assert(
                fc.property(anyCorefile, (corefile) => {
                    assert.equal(readStubDomain(corefile, "global"), undefined);
                    assert.deepEqual(readStubDomain(mergeStubDomain(corefile, stub), "global"), {
                        content: stubDomainContent(stub),
                        owner: stub.owner,
                    });
                }),
            );
        });
    });

    it("knows whether CoreDNS reloads by itself", () => {
        assert.equal(reloadsByItself(kubeadm), true);
        assert.equal(reloadsByItself(". {\n # reload\n}\n"), false);
    });

    it("lists everything that is wrong with stub domains", () => {
        const stubs = { zones: ["global"], forwardTo: stub.forwardTo, owner: stub.owner };
        assert.deepEqual(stubDomainProblems(stubs), []);
        assert.deepEqual(
            stubDomainProblems({
                zones: ["Global"],
                forwardTo: ["dns.example.org", "1.2.3.4:0", "1.2.3"],
                owner: "a b",
            }),
            [
                'The zone "Global" is not a DNS name: use labels of a-z, 0-9 and - separated by dots, such as "global".',
                ...["dns.example.org", "1.2.3.4:0", "1.2.3"].map(
                    (server) =>
                        `"${server}" is not an address to forward to: write an IP address, with ":PORT" after it if the ` +
                        "port isn't 53.",
                ),
                'The owner "a b" must be one word of letters, digits and . / : @ _ -.',
            ],
        );
        assert.deepEqual(stubDomainProblems({ ...stubs, forwardTo: [] }), [
            'The zone "global" has no server to forward to; name at least one.',
        ]);
        assert.deepEqual(
            stubDomainProblems({
                ...stubs,
                zones: ["global", "corp"],
                forwardTo: Array<string>(16).fill("10.0.0.1"),
            }),
            ['The zones "global", "corp" have 16 servers to forward to; CoreDNS takes at most 15.'],
        );
    });
});
