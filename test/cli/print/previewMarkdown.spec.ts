import assert from "node:assert/strict";
import type { PreviewReport } from "../../../cli/commands/preview";
import type { ObjectChange } from "../../../cli/engine/objectChange";
import { hint } from "../samples";
import { previewMark, previewMarkdown } from "../../../cli/print/previewMarkdown";

const change = (op: string, type: string, name: string, paths: readonly string[] = []): ObjectChange => ({
    op,
    type: `kubernetes:v1:${type}`,
    name,
    properties: paths.map((path) => ({ path, old: "old value", new: "new value" })),
    mayStay: false,
});
const report = (
    stack: string,
    planned: readonly ObjectChange[],
    other: Partial<PreviewReport> = {},
): PreviewReport => ({
    stack,
    planned,
    interrupted: false,
    warnings: [],
    changes: {
        created: planned.filter(({ op }) => op === "create").length,
        updated: planned.filter(({ op }) => op === "update").length,
        replaced: planned.filter(({ op }) => op === "replace").length,
        deleted: planned.filter(({ op }) => op === "delete").length,
        same: 3,
    },
    ...other,
});
const balanced = (text: string) =>
    (text.match(/<details>/g) ?? []).length === (text.match(/<\/details>/g) ?? []).length;

describe("previewMarkdown", () => {
    it("says that nothing changes", () => {
        const text = previewMarkdown([report("ca", []), report("cluster1", [])]);
        assert.match(
            text,
            /^<!-- istio-multicluster: mesh preview -->\n\*\*mesh up would change nothing\.\*\*/,
        );
        assert.doesNotMatch(text, /details/);
    });

    it("says losses first, then each stack, then the objects, folded, without their values", () => {
        const planned = [
            change("update", "ServiceEntry", "b", ["spec.ports[0].number"]),
            change("replace", "Deployment", "gateway"),
            change("create", "ServiceEntry", "a"),
        ];
        assert.equal(
            previewMarkdown([report("cluster1", planned)]),
            [
                previewMark,
                "**mesh up would change cluster1.**",
                "",
                "- ⚠️ cluster1: Deployment gateway is replaced: its pods go, and calls that they carry may be cut off",
                "",
                "- cluster1: 1 to be created, 1 to be updated, 1 to be replaced",
                "",
                "| stack | created | updated | replaced | deleted | same |",
                "| --- | ---: | ---: | ---: | ---: | ---: |",
                "| cluster1 | 1 | 1 | 1 | 0 | 3 |",
                "",
                "<details><summary>cluster1: 3 objects</summary>",
                "",
                "| change | kind | name | properties |",
                "| --- | --- | --- | --- |",
                "| replace | Deployment | gateway |  |",
                "| create | ServiceEntry | a |  |",
                "| update | ServiceEntry | b | spec.ports\\[0\\].number |",
                "",
                "</details>",
            ].join("\n"),
        );
    });

    it("does not call it a loss that another content of GlobalDns has another name", () => {
        const planned = [
            change("create", "ConfigMap", "global-dns-config-0a1b2c3d4e"),
            change("delete", "ConfigMap", "global-dns-config-1111111111"),
        ];
        assert.doesNotMatch(previewMarkdown([report("cluster1", planned)]), /⚠️/);
        assert.match(previewMarkdown([report("cluster1", [change("delete", "ConfigMap", "other")])]), /⚠️/);
    });

    it("names the owners of the services that change, each service once", () => {
        const owners = [
            {
                role: "exports",
                cluster: "cluster2",
                owner: "shop",
                contact: "#shop",
                place: "teams/shop.yaml",
            },
            { role: "imports", cluster: "cluster1", from: ["cluster2"], place: "Pulumi.cluster1.yaml" },
            { role: "imports", cluster: "cluster3", owner: "web", place: "teams/web.yaml" },
        ] as const;
        const touched = [
            { host: "orders.shop.global", owners },
            { host: "a.shop.global", owners: [] },
        ];
        const planned = [change("create", "ServiceEntry", "orders.shop.global-entry")];
        const text = previewMarkdown([
            report("cluster1", planned, { touched }),
            report("cluster2", planned, { touched }),
        ]);
        const lines = text.split("\n").filter((line) => line.includes("orders.shop.global:"));
        assert.deepEqual(lines, [
            "- orders.shop.global: shop \\(&#35;shop\\) exports it in cluster2, web imports it in cluster3",
        ]);
        assert.doesNotMatch(text, /a\.shop/);
    });

    it("is the same whichever object Pulumi came to first", () => {
        const planned = ["a", "b", "c"].map((name) => change("create", "Service", name));
        assert.equal(
            previewMarkdown([report("cluster1", planned)]),
            previewMarkdown([report("cluster1", [...planned].reverse())]),
        );
    });

    it("shows a failure, and lets nothing in it mean anything", () => {
        const failure = { messages: ["no <b>@team</b>\nsecond line"], nextStep: hint("Mend it.") };
        const text = previewMarkdown([report("cluster1", [], { failure, changes: undefined })]);
        assert.match(text, /\*\*mesh up would not work as it is: cluster1\*\*/);
        assert.match(text, /> no &#60;b&#62;&#64;team&#60;\/b&#62;<br>\n> second line<br>/);
    });

    it("says of a cluster that does not answer that it would stay as it is", () => {
        const failure = { messages: ["no answer"], nextStep: hint("Mend it."), unreachable: true } as const;
        const silent = report("cluster2", [], { failure, changes: undefined });
        const verdictOf = (...reports: readonly PreviewReport[]) =>
            previewMarkdown(reports).split("\n")[1] ?? "";
        const stays = "cluster2 can't be reached, and would stay as it is.**";
        assert.equal(
            verdictOf(report("cluster1", [change("create", "ServiceEntry", "a")]), silent),
            `**mesh up would change cluster1. ${stays}`,
        );
        assert.equal(verdictOf(report("cluster1", []), silent), `**mesh up would change nothing. ${stays}`);
        assert.match(
            previewMarkdown([silent]),
            /- cluster2: can't be reached\n[^]*\*\*cluster2 can't be reached:\*\*/,
        );
    });

    for (const limit of [600, 1000, 5000, 60_000])
        it(`keeps to ${limit} characters, with every fold closed`, () => {
            const planned = Array.from({ length: 2000 }, (_, index) =>
                change("create", "Service", `service-${index}`),
            );
            const text = previewMarkdown([report("cluster1", planned), report("cluster2", planned)], limit);
            assert.ok(text.length <= limit, String(text.length));
            assert.ok(balanced(text));
            assert.match(text, /No room was left for/);
        });
});
