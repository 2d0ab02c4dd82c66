import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { configMessage } from "../../../lib/base/problem";
import { parseConfig } from "../../../lib/config/parse";
import { teamFilesOf } from "../../../lib/config/teamFiles";
import { withTeams } from "../../../lib/config/withTeams";
import { cluster, httpbin, port, type Raw, wanted } from "../../support/stackFile";

const orders = { ...httpbin, service: "orders", namespace: "shop" };
const teams = { shop: { namespaces: ["shop"], contact: "#shop" }, web: { namespaces: ["web"] } };
const shop = "teams/shop.yaml";

/** Files by team. */
function files(byTeam: Readonly<Record<string, unknown>>) {
    const texts = Object.entries(byTeam).map(([team, content]) => [
        `teams/${team}.yaml`,
        typeof content === "string" ? content : stringify(content),
    ]);
    return teamFilesOf(Object.fromEntries(texts) as Record<string, string>);
}

/** Lines of the message for cluster1 with these teams' files; none where it is taken. */
function problems(byTeam: Readonly<Record<string, unknown>>, settings: Raw = {}): readonly string[] {
    const result = parseConfig("cluster1", { cluster, teams, ...settings }, [], { teams: files(byTeam) });
    return result.kind === "invalid" ? result.problems.map(({ path, message }) => `${path} ${message}`) : [];
}

const of = (list: "exports" | "imports", ...entries: readonly unknown[]) => ({
    [list]: { cluster1: entries },
});

describe("teams' files", () => {
    it("add to what the stack's file says, below it, in the order of the teams' names", () => {
        const given = {
            web: { imports: { cluster1: [wanted], cluster2: [orders] } },
            shop: { exports: { cluster1: [orders], cluster3: [orders] }, imports: { cluster1: null } },
        };
        const own = {
            cluster,
            teams,
            exports: [httpbin],
            imports: [{ ...wanted, service: "a", owner: "web" }],
        };
        const result = parseConfig("cluster1", own, [], { teams: files(given) });
        assert.ok(result.kind === "cluster");
        const { exports, imports } = result.settings;
        assert.deepEqual(
            exports.map(({ service, owner }) => [service, owner]),
            [
                ["httpbin", undefined],
                ["orders", "shop"],
            ],
        );
        assert.deepEqual(
            imports.map(({ service, owner }) => [service, owner]),
            [
                ["a", "web"],
                ["cart", "web"],
            ],
        );
    });

    it("give the same cluster whether their entries stand there or in the stack's file, in any split", () => {
        const service = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
        fc.assert(
            fc.property(fc.uniqueArray(service, { maxLength: 8 }), fc.nat(8), (names, at) => {
                const entries = names.map((name) => ({ ...orders, service: name }));
                const owned = entries.map((entry) => ({ ...entry, owner: "shop" }));
                const split = parseConfig("cluster1", { cluster, teams, exports: owned.slice(0, at) }, [], {
                    teams: files({ shop: of("exports", ...entries.slice(at)) }),
                });
                assert.deepEqual(split, parseConfig("cluster1", { cluster, teams, exports: owned }));
            }),
        );
    });

    it("are told by their own places, in one message with everything else", () => {
        const broken = { ...orders, ports: [{ ...port, number: 70000 }] };
        const result = parseConfig(
            "cluster1",
            { cluster: { ...cluster, context: "" }, teams, exports: [httpbin] },
            [],
            { teams: files({ shop: of("exports", orders, broken, orders, "orders") }) },
        );
        assert.ok(result.kind === "invalid");
        assert.equal(
            configMessage("cluster1", result.problems),
            [
                'The configuration of stack "cluster1" (Pulumi.cluster1.yaml) has 4 problems:',
                "  - cluster.context must not be empty",
                "  - teams/shop.yaml: exports.cluster1[1].ports[0].number must be a port from 1 to 65535",
                "  - teams/shop.yaml: exports.cluster1[3] must be a map",
                "  - exports name orders.shop.global more than once (teams/shop.yaml: exports.cluster1[0], " +
                    "teams/shop.yaml: exports.cluster1[2]); remove one",
            ].join("\n"),
        );
    });

    it("of two teams can't export the same host", () => {
        assert.deepEqual(
            problems(
                { shop: of("exports", orders), web: of("exports", { ...orders, suffix: "global" }) },
                { teams: { shop: teams.shop, web: { namespaces: [] } } },
            ),
            [
                "exports name orders.shop.global more than once (teams/shop.yaml: exports.cluster1[0], teams/web.yaml: exports.cluster1[0]); remove one",
                "teams/web.yaml: exports.cluster1[0].namespace is shop, but cluster1 grants web no namespace; the platform has to add it to teams.web.namespaces in Pulumi.cluster1.yaml, or correct it",
            ],
        );
    });

    it("may export from namespaces that are granted to the team, and import from any", () => {
        assert.deepEqual(problems({ shop: of("exports", orders), web: of("imports", wanted) }), []);
        assert.deepEqual(problems({ web: of("exports", orders) }), [
            "teams/web.yaml: exports.cluster1[0].namespace is shop, but cluster1 grants web only web; the platform has to add it to teams.web.namespaces in Pulumi.cluster1.yaml, or correct it",
        ]);
    });

    it("are of teams that the cluster knows", () => {
        assert.deepEqual(problems({ shp: of("imports", wanted) }), [
            "teams/shp.yaml has entries for cluster1, whose teams don't name shp (did you mean shop?); the platform has to add teams.shp to Pulumi.cluster1.yaml, or remove the entries",
        ]);
        // Entries of other clusters are those clusters' to judge.
        assert.deepEqual(problems({ shp: { imports: { cluster2: [wanted] } } }), []);
    });

    it("set nothing of the platform's", () => {
        for (const key of [
            "istio",
            "istio-multicluster:istio",
            "ca",
            "cluster",
            "dns",
            "gateway",
            "mesh",
            "teams",
        ])
            assert.deepEqual(problems({ shop: { ...of("exports", orders), [key]: {} } }), [
                `${shop}: ${key} is the platform's to set, in the stack files; a team's file has exports and imports alone, so remove it here`,
            ]);
    });

    it("have nothing else either", () => {
        assert.deepEqual(problems({ shop: { exprots: { cluster1: [orders] } } }), [
            "teams/shop.yaml: exprots is nothing that a team's file can have (did you mean exports?); it has exports and imports alone",
        ]);
        assert.deepEqual(problems({ shop: { exports: [orders] } }), [
            "teams/shop.yaml: exports must be a map from clusters to lists of entries",
        ]);
        assert.deepEqual(problems({ shop: { exports: { cluster1: orders } } }), [
            "teams/shop.yaml: exports.cluster1 must be a list",
        ]);
        assert.deepEqual(problems({ shop: of("exports", { ...orders, owner: "web" }) }), [
            "teams/shop.yaml: exports.cluster1[0].owner is not for a team's file, whose entries are all of shop; remove it",
        ]);
        assert.deepEqual(
            problems({ shop: of("exports", { ...orders, virtualAddress: { secure: "v1:x" } }) }).slice(1),
            [
                "teams/shop.yaml: exports.cluster1[0] holds something encrypted (secure), which Pulumi reads in stack files alone; write it in the clear, or move the entry there",
            ],
        );
    });

    it("that can't be read stand against the clusters that know the team", () => {
        assert.match(problems({ shop: "exports: [" }).join("\n"), /^teams\/shop\.yaml is not valid YAML: /);
        assert.deepEqual(problems({ shop: "[]" }), [
            "teams/shop.yaml must be a map with the keys exports and imports",
        ]);
        assert.deepEqual(problems({ other: "[]" }), []);
        assert.deepEqual(problems({ shop: "" }), []);
        const odd = teamFilesOf({ "teams/shop.yml": "", "teams/Web.yaml": stringify(of("imports", wanted)) });
        const result = parseConfig("cluster1", { cluster, teams: { shop: {} } }, [], { teams: odd });
        assert.ok(result.kind === "invalid");
        assert.deepEqual(
            result.problems.map(({ path, message }) => `${path} ${message}`),
            [
                "teams/Web.yaml is called after no team that there can be: a name has lower-case letters, digits and dashes, 63 characters at most; rename the file",
                "teams/shop.yml is not read, for its name; call it teams/shop.yaml",
            ],
        );
    });

    it("that may have meant something for a cluster that knows the team stand against it", () => {
        const others = { imports: { cluster2: [wanted] } };
        assert.deepEqual(problems({ shop: { ...others, exports: [orders] } }), [
            "teams/shop.yaml: exports must be a map from clusters to lists of entries",
        ]);
        assert.match(problems({ shop: { ...others, export: {} } }).join(), /did you mean exports\?/);
        assert.match(
            problems({ shop: { istio: { values: {} } } }).join(),
            /^teams\/shop\.yaml: istio is the platform's/,
        );
        assert.deepEqual(problems({ other: { ...others, export: {} } }), []);
    });

    it("that are wrong and have nothing for a cluster leave it as it is, with a warning", () => {
        const given = files({ shop: { istio: {}, imports: { cluster2: [wanted] } } });
        const { problems: found, warnings, settings } = withTeams("cluster1", { teams }, given);
        assert.deepEqual([found, settings], [[], { teams }]);
        assert.deepEqual(warnings, [
            "teams/shop.yaml: istio is the platform's to set, in the stack files; a team's file has exports and imports alone, so remove it here. cluster1 goes on without it, since teams/shop.yaml has nothing for it.",
        ]);
    });
});

describe("the key teams", () => {
    it("grants a namespace once", () => {
        assert.deepEqual(
            problems(
                {},
                { teams: { shop: { namespaces: ["shop", "cart", "shop"] }, web: { namespaces: ["cart"] } } },
            ),
            [
                "teams.shop.namespaces name shop more than once; remove one",
                "teams.web.namespaces name cart, which teams.shop.namespaces name already; a namespace has one team, so remove it from one of them",
            ],
        );
    });

    it("names every owner that the stack's own entries have", () => {
        const exports = [{ ...httpbin, owner: "shpo" }];
        assert.deepEqual(problems({}, { exports, imports: [{ ...wanted, owner: "ops" }] }), [
            "exports[0].owner is shpo, but the teams of cluster1 name only shop, web (did you mean shop?); correct it, or add teams.shpo",
            "imports[0].owner is ops, but the teams of cluster1 name only shop, web; correct it, or add teams.ops",
        ]);
        assert.deepEqual(problems({}, { exports, teams: undefined }), [
            "exports[0].owner is shpo, but the teams of cluster1 name nobody; correct it, or add teams.shpo",
        ]);
        // Who is a team isn't known where that setting is wrong.
        assert.deepEqual(problems({}, { exports, teams: { shop: { namespaces: "shop" } } }), [
            "teams.shop.namespaces must be a list",
        ]);
    });
});
