import assert from "node:assert/strict";
import { stringify } from "yaml";
import { refuses } from "../refusals/sections";
import { type Stacks, worlds } from "../refusals/worlds";
import { healthyCluster } from "../support/clusterApi";
import { type Case, outputsOf, runProgram } from "../support/program";

/** One problem of cluster1 in the whole message; where it ends the run by itself, it is the message. */
function alone(line: string): string {
    return line.startsWith('Stack "') ? line : `Stack "cluster1" can't work as it is:\n  - ${line}`;
}

/** The message with which the program of cluster1 ends in a world. */
async function said(world: Case): Promise<string> {
    let made: unknown;
    try {
        made = (await runProgram("cluster1", world)).resources;
    } catch (error) {
        assert.ok(error instanceof Error && "__pulumiRunError" in error, `${String(error)} has a stack`);
        return error.message;
    }
    return assert.fail(`the program made ${JSON.stringify(made)}`);
}

describe("a cluster's stack in a world where it can't work", () => {
    let stacks: Stacks;

    before(async () => {
        const ca = await outputsOf("ca");
        stacks = { ca, cluster2: await outputsOf("cluster2", { stacks: { ca } }) };
    });

    for (const [section, cases] of Object.entries(worlds)) {
        describe(section, () => {
            for (const [cause, message, given] of cases) {
                it(refuses(cause), async () => {
                    const world = { stacks, cluster: healthyCluster, ...given(stacks) };
                    assert.equal(await said(world), alone(message));
                });
            }
        });
    }

    // It shows that the worlds above differ from one in which nothing is refused.
    it("is taken in a world where all is well", async () => {
        const { warnings } = await runProgram("cluster1", {
            stacks,
            cluster: healthyCluster,
            files: { "Pulumi.other.yaml": stringify({ config: {} }) },
        });
        assert.deepEqual(warnings, []);
    });
});
