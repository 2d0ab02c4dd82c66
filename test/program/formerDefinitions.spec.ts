import assert from "node:assert/strict";
import { definitionsType } from "../../components/istioDefinitions";
import { definition, find } from "../support/mocks";
import { outputsOf, runProgram, type Settings } from "../support/program";

const inChart = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const names = [definition.metadata.name];

/**
 * A state of before Istio's definitions were one resource has them as resources of the chart, and where `removeCrds` was set,
 * the engine would delete them in the cluster once the program makes them no more. So they stay for one update, marked to be
 * kept, and go from the state with the next.
 */
describe("a state with Istio's definitions as resources of the chart", function () {
    this.timeout(60_000);

    /** Names that the chart is told to leave out, and whether the outputs say that it is done. */
    async function run(state: readonly string[], before: Settings = {}) {
        const ca = await outputsOf("ca");
        const own = await outputsOf("cluster2", { stacks: { ca } });
        const former = Object.fromEntries(Object.entries(own).filter(([key]) => key !== "definitionsApart"));
        const { resources, result } = await runProgram("cluster2", {
            stacks: { ca, cluster2: { ...former, ...before } },
            state,
        });
        const { values } = find(resources, "kubernetes:helm.sh/v4:Chart", "istio-base").inputs as {
            readonly values: { readonly base: { readonly excludedCRDs?: readonly string[] } };
        };
        find(resources, definitionsType, "istio-definitions");
        return [values.base.excludedCRDs, result["definitionsApart"]];
    }

    it("keeps them in the chart for one update", async () => {
        assert.deepEqual(await run([inChart]), [undefined, false]);
    });

    it("forgets them once their resource is there, also after a killed update", async () => {
        assert.deepEqual(await run([inChart, definitionsType], { definitionsApart: false }), [names, true]);
        assert.deepEqual(await run([inChart, definitionsType]), [names, true]);
    });

    it("looks no more at the state once the outputs say it", async () => {
        assert.deepEqual(await run([inChart], { definitionsApart: true }), [names, true]);
    });

    it("makes them apart where the state has none", async () => {
        assert.deepEqual(await run([]), [names, true]);
    });
});
