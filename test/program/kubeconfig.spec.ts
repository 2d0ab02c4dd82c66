import assert from "node:assert/strict";
import { outputsOf, type Run, runProgram } from "../support/program";

/** Kubeconfigs of different people for one cluster: settings, and the variable KUBECONFIG. */
const places = {
    "a path": [".lab/cluster1/kubeconfig", undefined],
    "another path": ["./.lab/../.lab/cluster1/kubeconfig", undefined],
    "the variable KUBECONFIG": [undefined, ".lab/cluster1/kubeconfig"],
    "several files in it": [undefined, "nowhere/config:.lab/cluster1/kubeconfig"],
} as const;

describe("a cluster's stack with its kubeconfig elsewhere for everybody", () => {
    const variable = process.env["KUBECONFIG"];
    let stacks: Record<string, Awaited<ReturnType<typeof outputsOf>>> = {};

    before(async () => {
        stacks = { ca: await outputsOf("ca") };
        stacks["cluster2"] = await outputsOf("cluster2", { stacks });
    });
    afterEach(() => {
        if (variable === undefined) Reflect.deleteProperty(process.env, "KUBECONFIG");
        else process.env["KUBECONFIG"] = variable;
    });

    async function run(kubeconfig: string | undefined, files: string | undefined): Promise<Run> {
        process.env["KUBECONFIG"] = files ?? "/nowhere";
        const cluster = { ...(kubeconfig !== undefined && { kubeconfig }), context: "cluster1" };
        return runProgram("cluster1", { stacks, settings: { cluster1: { cluster } } });
    }

    it("makes the same of it, and has no path in it", async () => {
        const { resources, result } = await run(...places["a path"]);
        const text = JSON.stringify([resources, result]);
        assert.ok(!text.includes(".lab/cluster1"), "there is a path");
        for (const [place, [kubeconfig, files]] of Object.entries(places)) {
            const other = await run(kubeconfig, files);
            assert.equal(JSON.stringify([other.resources, other.result]), text, place);
        }
    });
});
