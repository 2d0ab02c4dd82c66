import assert from "node:assert/strict";
import { committedSettings, outputsOf, runProgram, type Settings } from "../support/program";
import { definition, find } from "../support/mocks";

const remembered = "remembered.networking.istio.io";
const rendered = definition.metadata.name;

describe("Istio's definitions in an unchanged run", () => {
    const istio = committedSettings("cluster2")["istio"] as Settings;
    const inFolder = { ...istio, charts: { base: "charts/base", istiod: "charts/istiod" } };
    const published = { ...istio, charts: undefined, version: "1.30.0" };
    const files = { "charts/base/Chart.yaml": "name: base", "charts/base/files/crds.yaml": "kind: List" };
    let ca: Settings;

    before(async () => {
        ca = await outputsOf("ca");
    });

    /**
     * The names that the chart is told to leave out in the second of two runs, between which something changes. Those of the
     * first run are remembered under another name, so they show whether the chart was rendered again.
     */
    async function secondRun(
        first: { readonly istio: Settings; readonly files?: Readonly<Record<string, string>> },
        second: typeof first = first,
    ): Promise<unknown> {
        const given = ({ istio: setting, files: some }: typeof first) => ({
            settings: { cluster2: { istio: setting } },
            ...(some && { files: some }),
        });
        const before = await outputsOf("cluster2", { stacks: { ca }, ...given(first) });
        const definitions = { ...(before["definitions"] as Settings), names: [remembered] };
        const { resources } = await runProgram("cluster2", {
            stacks: { ca, cluster2: { ...before, definitions } },
            ...given(second),
        });
        const { values } = find(resources, "kubernetes:helm.sh/v4:Chart", "istio-base").inputs as {
            readonly values: { readonly base: { readonly excludedCRDs: readonly string[] } };
        };
        return values.base.excludedCRDs;
    }

    it("are not rendered again from a chart in a folder", async () => {
        assert.deepEqual(await secondRun({ istio: inFolder, files }), [remembered]);
    });

    it("are rendered again when a file of the chart changes, comes or goes", async () => {
        const [first, ...others] = Object.entries(files);
        const changes: readonly Readonly<Record<string, string>>[] = [
            { ...files, "charts/base/files/crds.yaml": "kind: Other" },
            { ...files, "charts/base/values.yaml": "" },
            Object.fromEntries(others),
            { ...Object.fromEntries(others), "charts/base/Other.yaml": first?.[1] ?? "" },
        ];
        for (const change of changes)
            assert.deepEqual(
                await secondRun({ istio: inFolder, files }, { istio: inFolder, files: change }),
                [rendered],
                JSON.stringify(change),
            );
    });

    it("are rendered again when another revision validates", async () => {
        const revised = { ...inFolder, revision: "1-30" };
        assert.deepEqual(await secondRun({ istio: inFolder, files }, { istio: revised, files }), [rendered]);
    });

    it("are rendered each time from a repository, where a version may be published again", async () => {
        assert.deepEqual(await secondRun({ istio: published }), [rendered]);
    });
});
