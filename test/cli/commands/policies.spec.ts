import assert from "node:assert/strict";
import { refusedByPolicies } from "../../../cli/commands/policies";
import { upText } from "../../../cli/commands/up";
import type { RunResult } from "../../../cli/engine/stackRuns";
import { hint, RecordingBoard, runResult, typed } from "../samples";

const mesh = { project: "p", ca: "ca", clusters: ["one"] };
const options = { clusters: mesh.clusters, refresh: false };
const sentence = "gateway: policy closed: It is open; close it.";
const violating = { failure: { messages: [sentence], nextStep: hint("Ask.") }, violations: [sentence] };

/** Looks ahead over stacks whose previews end like this. */
async function ahead(ca: Partial<RunResult>, one: Partial<RunResult>) {
    const board = new RecordingBoard();
    const stacks = {
        has: () => true,
        drift: () => Promise.resolve(undefined),
        preview: (stack: string) => Promise.resolve(runResult(stack, stack === "ca" ? ca : one)),
    };
    return { refusal: await refusedByPolicies(stacks, mesh, board, options), lines: board.lines };
}

describe("policies before mesh up", () => {
    it("let an update begin that nothing is against, whatever else its preview failed at", async () => {
        const failure = { messages: ["one is down"], nextStep: hint("Look.") };
        assert.deepEqual(await ahead({}, { failure }), { refusal: undefined, lines: [] });
    });

    it("keep every stack from being touched where one is against it", async () => {
        const { refusal, lines } = await ahead({}, violating);
        assert.deepEqual(lines, ["ca skipped: not begun", "one failed: refused by policies"]);
        assert.equal(refusal?.code, 1);
        assert.deepEqual(
            refusal.reports.map(({ stack, ran, violations }) => [stack, ran, violations]),
            [
                ["ca", false, undefined],
                ["one", false, [sentence]],
            ],
        );
        assert.match(
            upText(refusal.reports, typed()),
            new RegExp(`\\none failed:\\n  ${sentence}\\nNext: Ask\\.$`),
        );
    });

    it("end with the user's Ctrl-C", async () => {
        const { refusal } = await ahead({ interrupted: true }, {});
        assert.equal(refusal?.code, 130);
    });
});
