import { assertGolden } from "../support/golden";
import { outputsOf, runProgram, type Settings } from "../support/program";

/**
 * The whole program for each committed stack. What a peer says is what the program really gave it to say, so these also
 * prove that the stacks understand each other.
 */
describe("the program", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("of the stack ca is test/golden/ca.json", async () => {
        assertGolden("ca", await runProgram("ca"));
    });

    it("of the stack cluster2 is test/golden/cluster2.json", async () => {
        assertGolden("cluster2", await runProgram("cluster2", { stacks: { ca } }));
    });

    it("of the stack cluster1 before its peer is up is test/golden/cluster1-pending.json", async () => {
        assertGolden("cluster1-pending", await runProgram("cluster1", { stacks: { ca } }));
    });

    it("of the stack cluster1 is test/golden/cluster1.json", async () => {
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        assertGolden("cluster1", await runProgram("cluster1", { stacks: { ca, cluster2 } }));
    });
});
