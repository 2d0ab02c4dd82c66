import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { entryLines, NoPlace, withEntry } from "../../../lib/config/fileEntry";

const entry = {
    service: "orders",
    namespace: "shop",
    selector: { app: "orders" },
    serviceAccount: "orders",
    ports: [{ name: "http", number: 80, targetPort: 8080, protocol: "HTTP" }],
};
const lines = `- service: orders
  namespace: shop
  selector: { app: orders }
  serviceAccount: orders
  ports:
    - { name: http, number: 80, targetPort: 8080, protocol: HTTP }
`;
const at = (indent: number) => lines.replace(/^(?=.)/gm, " ".repeat(indent));
const path = ["config", "p:exports"];

describe("an entry that is put into a file", () => {
    it("is written as the committed files are", () => {
        assert.equal(entryLines(entry), lines);
    });

    for (const [what, before, after] of [
        [
            "behind the others of its list, whose comments stay",
            "# head\nconfig:\n  p:exports:\n    # the first\n    - service: a # one\n      ports: [] # none\n  # below\n  p:dns: {}\n# end\n",
            `# head\nconfig:\n  p:exports:\n    # the first\n    - service: a # one\n      ports: [] # none\n${at(4)}  # below\n  p:dns: {}\n# end\n`,
        ],
        [
            "under a key that is new, at the end of the settings",
            "config:\n  p:cluster: # here\n    context: c\n\n# end\nencryptionsalt: v1:x\n",
            `config:\n  p:cluster: # here\n    context: c\n  p:exports:\n${at(4)}\n# end\nencryptionsalt: v1:x\n`,
        ],
        [
            "behind an encrypted value, which stays byte for byte",
            "config:\n    p:cluster:\n        kubeconfig:\n            content:\n                secure:   v1:abc==  \n",
            `config:\n    p:cluster:\n        kubeconfig:\n            content:\n                secure:   v1:abc==  \n    p:exports:\n${at(6)}`,
        ],
        [
            "behind a key with nothing",
            "config:\n  p:exports: # none\n  p:a: 1\n",
            `config:\n  p:exports: # none\n${at(4)}  p:a: 1\n`,
        ],
        [
            "in the place of an empty list",
            "config:\n  p:exports: [] # none\n",
            `config:\n  p:exports: # none\n${at(4)}`,
        ],
        [
            "behind a list at its key's own margin",
            "config:\n  p:exports:\n  - service: a\n  p:b: 1\n",
            `config:\n  p:exports:\n  - service: a\n${at(2)}  p:b: 1\n`,
        ],
        [
            "in a list that stands in a line",
            "config:\n  p:exports: [{ service: a }] # one\n",
            "config:\n  p:exports: [{ service: a }, { service: orders, namespace: shop, selector: { app: orders }, serviceAccount: orders, ports: [ { name: http, number: 80, targetPort: 8080, protocol: HTTP } ] }] # one\n",
        ],
        [
            "behind a text of several lines",
            "config:\n  p:a: |\n    x\n    y\n",
            `config:\n  p:a: |\n    x\n    y\n  p:exports:\n${at(4)}`,
        ],
        [
            "behind a file without a last line break",
            "config:\n  p:a: 1",
            `config:\n  p:a: 1\n  p:exports:\n${at(4)}`,
        ],
    ] as const)
        it(`stands ${what}`, () => {
            assert.equal(withEntry(before, path, entry), after);
        });

    it("keeps the line breaks of its file", () => {
        const text = "config:\r\n  p:a: 1\r\n";
        assert.equal(
            withEntry(text, path, entry),
            `${text}${`  p:exports:\n${at(4)}`.replaceAll("\n", "\r\n")}`,
        );
    });

    it("makes what a new file or an empty one needs", () => {
        const made = `exports:\n  cluster2:\n${at(4)}`;
        assert.equal(withEntry("", ["exports", "cluster2"], entry), made);
        assert.equal(withEntry("# mine\n", ["exports", "cluster2"], entry), `# mine\n${made}`);
        const other = "exports:\n  cluster1:\n    - service: a\nimports: {}\n";
        assert.equal(
            withEntry(other, ["exports", "cluster2"], entry),
            `exports:\n  cluster1:\n    - service: a\n  cluster2:\n${at(4)}imports: {}\n`,
        );
    });

    for (const [what, text] of [
        ["settings in one line", "config: { p:a: 1 }\n"],
        ["a list by an alias", "x: &a [{ b: 1 }]\nconfig:\n  p:exports: *a\n"],
        ["a list as a text", "config:\n  p:exports: '[]'\n"],
        ["what is not YAML", "config: [\n"],
        ["several documents", "config:\n  p:a: 1\n---\nconfig:\n  p:b: 1\n"],
    ] as const)
        it(`has no place in ${what}`, () => {
            assert.throws(() => withEntry(text, path, entry), NoPlace);
        });

    it("leaves everything else as it was, or says that it can't", () => {
        const key = fc.constantFrom("p:exports", "p:cluster", "p:dns", "p:mesh");
        const value = fc.constantFrom(
            "{}",
            "[]",
            "",
            " # c",
            "x",
            "&a x",
            "\n    a: 1\n    b: { secure: v1:q }",
            "\n    - a: 1\n      b: 2",
            "\n  - a",
            " |\n    t\n\n",
            "\n    # c\n    - { a: 1 }",
        );
        const blank = fc.constantFrom("", "\n", "# c\n", "  # c\n");
        fc.assert(
            fc.property(
                fc.uniqueArray(fc.tuple(key, value, blank), { selector: ([k]) => k }),
                fc.boolean(),
                (pairs, salt) => {
                    const text = `config:\n${pairs.map(([k, v, b]) => `  ${k}: ${v}\n${b}`).join("")}${salt ? "encryptionsalt: v1:x\n" : ""}`;
                    let edited: string;
                    try {
                        edited = withEntry(text, path, entry);
                    } catch (error) {
                        assert.ok(error instanceof NoPlace);
                        return;
                    }
                    const kept = edited.split("\n");
                    for (const line of text.split("\n").filter((each) => !/exports: \[\]/.test(each)))
                        assert.ok(kept.splice(0, kept.indexOf(line) + 1).length > 0, `${line} is gone`);
                    const { config } = parse(edited) as { config: Record<string, unknown[]> };
                    assert.deepEqual(config["p:exports"]?.at(-1), entry);
                },
            ),
            { numRuns: 300 },
        );
    });
});
