import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { HandoverClient } from "../../handover/client";
import { Handover } from "../../handover/server";
import { handoverVariable } from "../../lib/mesh/handover";
import { assertGolden } from "../support/golden";
import { find } from "../support/mocks";
import {
    type Case,
    committedSettings,
    outputsOf,
    runProgram,
    type Settings,
    type StackName,
} from "../support/program";

const folder = resolve(__dirname, "../../examples/teams");
const files = Object.fromEntries(
    ["teams/tools.yaml", "teams/web.yaml"].map((name) => [name, readFileSync(join(folder, name), "utf8")]),
);
const settings = {
    cluster1: { ...committedSettings("cluster1", "teams"), imports: undefined },
    cluster2: { ...committedSettings("cluster2", "teams"), exports: undefined },
};

/** The text of a team's file of the example with something else in its first entry. */
function changed(file: string, list: "exports" | "imports", cluster: string, by: Settings): string {
    const content = parse(files[file] ?? "") as Record<string, Record<string, Settings[]>>;
    const [first, ...others] = content[list]?.[cluster] ?? [];
    return stringify({ [list]: { [cluster]: [{ ...first, ...by }, ...others] } });
}

describe("teams' files", () => {
    let ca: Settings;
    let cluster2: Settings;
    before(async () => {
        ca = await outputsOf("ca");
        cluster2 = await outputsOf("cluster2", { stacks: { ca }, settings, files });
    });

    /** A stack of the example, beside the others' outputs, with some files changed. */
    function run(stack: StackName, by: Readonly<Record<string, string>> = {}, given: Case = {}) {
        const stacks = { ca, ...(stack === "cluster1" && { cluster2 }), ...given.stacks };
        return runProgram(stack, { settings, ...given, stacks, files: { ...files, ...by } });
    }

    it("of the example are test/golden/cluster1-teams.json and cluster2-teams.json", async () => {
        assertGolden("cluster2-teams", await run("cluster2"));
        assertGolden("cluster1-teams", await run("cluster1"));
    });

    it("are told by their own places also in what the cluster or the mesh does not have", async () => {
        const text = changed("teams/tools.yaml", "exports", "cluster2", {
            allowedFrom: [{ cluster: "cluster9" }],
        });
        const withoutSample = { ...settings, cluster2: { ...settings.cluster2, sampleApps: undefined } };
        await assert.rejects(run("cluster2", { "teams/tools.yaml": text }, { settings: withoutSample }), {
            message:
                /^Stack "cluster2" can't work as it is:\n {2}- teams\/tools\.yaml: exports\.cluster2\[0\]\.namespace is bar, which the cluster does not have.*\n {2}- teams\/tools\.yaml: exports\.cluster2\[0\]\.allowedFrom\[0\] names the cluster cluster9, which is not in this mesh/,
        });
    });

    it("are refused with everything else that is wrong in the settings", async () => {
        const text = changed("teams/tools.yaml", "exports", "cluster2", { namespace: "foo", ports: [] });
        await assert.rejects(run("cluster2", { "teams/tools.yaml": text }), {
            message: [
                'The configuration of stack "cluster2" (Pulumi.cluster2.yaml) has 2 problems:',
                "  - teams/tools.yaml: exports.cluster2[0].ports must name at least one port",
                "  - teams/tools.yaml: exports.cluster2[0].namespace is foo, but cluster2 grants tools only bar; the " +
                    "platform has to add it to teams.tools.namespaces in Pulumi.cluster2.yaml, or correct it",
            ].join("\n"),
        });
    });

    it("that name a cluster which the mesh does not have are told of where the team is known", async () => {
        const text = `${files["teams/web.yaml"] ?? ""}  clutser2: []\n`;
        const { warnings } = await run("cluster1", { "teams/web.yaml": text });
        assert.deepEqual(warnings, [
            "teams/web.yaml has entries for clutser2, but the mesh has only cluster1, cluster2 (did you mean cluster2?); correct the name",
        ]);
    });

    it("count as the command that runs all stacks has read them, for every program", async () => {
        const stacks = {
            cluster1: committedSettings("cluster1", "teams"),
            cluster2: committedSettings("cluster2", "teams"),
        };
        const handover = await Handover.open({ command: "preview", stacks, teams: files });
        process.env[handoverVariable] = handover.socket;
        try {
            const client = await HandoverClient.find();
            await client?.tell("cluster2", { hosts: ["httpbin.bar.global"], gateway: null });
            const late = { "teams/tools.yaml": "exports: {}", "teams/web.yaml": "imports: {}" };
            const { resources } = await run("cluster1", late, { preview: true, stacks: { cluster2: {} } });
            const { inputs } = find(
                resources,
                "kubernetes:networking.istio.io/v1:ServiceEntry",
                "httpbin.bar.global-import-entry",
            );
            assert.deepEqual((inputs["spec"] as Settings)["exportTo"], ["foo"]);
        } finally {
            Reflect.deleteProperty(process.env, handoverVariable);
            handover.close();
        }
    });
});

describe("consent that is required", () => {
    const line = '"- { cluster: cluster1, namespace: foo }" has to be added to its allowedFrom there';
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    /** The files of the example, with other callers of httpbin. */
    function admitting(allowedFrom: readonly Settings[] | undefined) {
        return {
            ...files,
            "teams/tools.yaml": changed("teams/tools.yaml", "exports", "cluster2", { allowedFrom }),
        };
    }

    it("and not given refuses the import, by plain Pulumi too", async () => {
        const given = { settings, files: admitting(undefined) };
        const cluster2 = await outputsOf("cluster2", { ...given, stacks: { ca } });
        await assert.rejects(runProgram("cluster1", { ...given, stacks: { ca, cluster2 } }), {
            message:
                'Stack "cluster1" can\'t work as it is:\n' +
                "  - teams/web.yaml: imports.cluster1[0] is httpbin.bar.global of cluster2 (owner web), which admits no other cluster " +
                `to it (teams/tools.yaml: exports.cluster2[0], owner tools); to be admitted, ${line}, or remove the import`,
        });
        // Without the exporter's files its outputs alone tell.
        await assert.rejects(
            runProgram("cluster1", {
                settings,
                files: { "teams/web.yaml": files["teams/web.yaml"] ?? "" },
                without: ["cluster2"],
                stacks: { ca, cluster2 },
            }),
            {
                message:
                    /which admits no other cluster to it \(its entry in Pulumi\.cluster2\.yaml, owner tools\)/,
            },
        );
    });

    it("and withdrawn while in use is told to the exporter, with who still imports", async () => {
        const before = await outputsOf("cluster2", { settings, files, stacks: { ca } });
        const cluster1 = await outputsOf("cluster1", { settings, files, stacks: { ca, cluster2: before } });
        const { warnings, resources } = await runProgram("cluster2", {
            settings,
            files: admitting(undefined),
            stacks: { ca, cluster1, cluster2: before },
        });
        assert.deepEqual(warnings, [
            "teams/tools.yaml: exports.cluster2[0] no longer admits cluster1 to httpbin.bar.global (owner tools), but cluster1 " +
                "still imports it (owner web): its calls get 403 from this update on.",
        ]);
        // And so they do: nobody but the own cluster's callers is let in.
        const policy = "kubernetes:security.istio.io/v1:AuthorizationPolicy";
        const { rules } = find(resources, policy, "httpbin.bar.global-callers").inputs["spec"] as Settings;
        assert.deepEqual((rules as readonly Settings[])[0]?.["from"], [
            { source: { notPrincipals: ["cluster2.mesh/*"] } },
        ]);
    });
});
