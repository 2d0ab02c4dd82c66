import * as assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { meshUp, upExitCode, upText, type UpStacks } from "../../../cli/commands/up";
import type { RunResult } from "../../../cli/engine/stackRuns";
import { clusterOutputs, hint, httpbin, RecordingBoard, runResult, typed } from "../samples";

const mesh = { project: "p", ca: "ca", clusters: ["cluster1", "cluster2"] };
const options = { clusters: mesh.clusters, refresh: false };
const pending = { host: httpbin.host, from: "cluster2", reason: "cluster2 is not up yet" };
const active = { host: httpbin.host, from: ["cluster2"], ports: httpbin.ports, virtualAddress: "240.0.0.2" };
const quotaExceeded = { messages: ["quota exceeded"], nextStep: hint("Ask for more.") };

/** Stacks whose runs give the results listed for them, in turn. */
class FakeStacks implements UpStacks {
    readonly calls: string[] = [];

    constructor(
        private readonly results: Record<string, RunResult[]>,
        private readonly existing: string[] = ["ca", "cluster1", "cluster2"],
        private readonly drifts: Record<string, string> = {},
    ) {}

    drift(stack: string): Promise<string | undefined> {
        return Promise.resolve(this.drifts[stack]);
    }

    has(stack: string): boolean {
        return this.existing.includes(stack);
    }

    create(stack: string): Promise<string | undefined> {
        this.calls.push(`create ${stack}`);
        return Promise.resolve(stack === "ca" ? "Took the salt out." : undefined);
    }

    up(stack: string, { refresh }: { refresh?: boolean }): Promise<RunResult> {
        this.calls.push(`up ${stack}${refresh === true ? " --refresh" : ""}`);
        const result = this.results[stack]?.shift();
        return result ? Promise.resolve(result) : Promise.reject(new Error(`no result for ${stack}`));
    }
}

const created = (count: number) => ({ created: count, updated: 0, replaced: 0, deleted: 0, same: 0 });

describe("mesh up", () => {
    it("makes missing stacks, then the certificates, then every cluster once", async () => {
        const stacks = new FakeStacks(
            {
                ca: [runResult("ca", { changes: created(4) })],
                cluster1: [
                    runResult("cluster1", {
                        changes: created(12),
                        after: clusterOutputs("cluster1", { imports: [active] }),
                    }),
                ],
                cluster2: [
                    runResult("cluster2", {
                        changes: created(12),
                        after: clusterOutputs("cluster2", { exports: [httpbin] }),
                    }),
                ],
            },
            ["cluster2"],
        );
        const board = new RecordingBoard();
        const reports = await meshUp(stacks, mesh, board, options);
        assert.deepEqual(stacks.calls, [
            "create ca",
            "create cluster1",
            "up ca",
            "up cluster1",
            "up cluster2",
        ]);
        assert.deepEqual(
            board.lines.sort(),
            [
                "ca done: 4 created in 2 s",
                "cluster1 done: 12 created in 2 s",
                "cluster2 done: 12 created in 2 s",
                "Took the salt out.",
            ].sort(),
        );
        assert.equal(upExitCode(reports), 0);
        assert.equal(
            stripVTControlCharacters(upText(reports, typed("up", { refresh: true }))),
            [
                "stack     created  updated  replaced  deleted  same  seconds",
                "ca        4        0        0         0        0     2.0",
                "cluster1  12       0        0         0        0     2.0",
                "cluster2  12       0        0         0        0     2.0",
            ].join("\n"),
        );
    });

    it("says that nothing changed", async () => {
        const stacks = new FakeStacks({
            ca: [runResult("ca")],
            cluster1: [runResult("cluster1", { after: clusterOutputs("cluster1") })],
            cluster2: [runResult("cluster2", { after: clusterOutputs("cluster2") })],
        });
        const reports = await meshUp(stacks, mesh, new RecordingBoard(), { ...options, refresh: true });
        assert.deepEqual(stacks.calls, ["up ca --refresh", "up cluster1 --refresh", "up cluster2 --refresh"]);
        assert.equal(
            upText(reports, typed("up", { refresh: true }))
                .split("\n\n")
                .at(-1),
            "Nothing changed in any stack.",
        );
    });

    it("reads the real state of a cluster whose gateway has moved", async () => {
        const before = clusterOutputs("cluster2", { exports: [httpbin] });
        const after = { ...before, gateway: { ...before.gateway, port: 32000 } };
        const importer = clusterOutputs("cluster1", { imports: [active] });
        const drift = "its gateway's Service has node port 32000 and no longer 31443";
        const stacks = new FakeStacks(
            {
                ca: [runResult("ca")],
                cluster1: [runResult("cluster1", { before: importer, after: importer })],
                cluster2: [runResult("cluster2", { before, after })],
            },
            undefined,
            { cluster2: drift },
        );
        const board = new RecordingBoard();
        await meshUp(stacks, mesh, board, options);
        assert.deepEqual(stacks.calls, ["up ca", "up cluster1", "up cluster2 --refresh"]);
        const said = `cluster2: ${drift}, so its real state is read first, as with --refresh.`;
        assert.ok(board.lines.includes(said), board.lines.join("\n"));
    });

    it("lets the other cluster finish when one fails, and says what still waits", async () => {
        const stacks = new FakeStacks({
            ca: [runResult("ca")],
            cluster1: [
                runResult("cluster1", { after: clusterOutputs("cluster1", { pendingImports: [pending] }) }),
            ],
            cluster2: [runResult("cluster2", { failure: quotaExceeded })],
        });
        const reports = await meshUp(stacks, mesh, new RecordingBoard(), options);
        assert.equal(upExitCode(reports), 1);
        assert.deepEqual(
            upText(reports, typed("up", { refresh: true }))
                .split("\n\n")
                .slice(1),
            [
                "cluster2 failed:\n  quota exceeded\nNext: Ask for more.",
                "cluster1 waits for httpbin.bar.global from cluster2: cluster2 is not up yet\n" +
                    'The next "npm run mesh -- up --refresh" completes them once that has changed.',
            ],
        );
    });

    it("exits with 2 when an import waits for a peer that is not part of the run and has nothing to offer", async () => {
        const stacks = new FakeStacks({
            ca: [runResult("ca")],
            cluster1: [
                runResult("cluster1", { after: clusterOutputs("cluster1", { pendingImports: [pending] }) }),
            ],
        });
        const reports = await meshUp(stacks, mesh, new RecordingBoard(), {
            ...options,
            clusters: ["cluster1"],
        });
        assert.deepEqual(stacks.calls, ["up ca", "up cluster1"]);
        assert.equal(upExitCode(reports), 2);
    });

    it("says that no cluster was begun when the certificates failed, and no more of them", async () => {
        // The clusters' programs wait for the certificates, and end when those fail.
        const failure = { ...quotaExceeded, messages: ['Nothing is begun, because "ca" failed.'] };
        const stacks = new FakeStacks({
            ca: [runResult("ca", { failure: quotaExceeded })],
            cluster1: [runResult("cluster1", { failure })],
            cluster2: [runResult("cluster2", { failure })],
        });
        const board = new RecordingBoard();
        const reports = await meshUp(stacks, mesh, board, options);
        assert.deepEqual(
            reports.map(({ stack, ran }) => [stack, ran]),
            [
                ["ca", true],
                ["cluster1", false],
                ["cluster2", false],
            ],
        );
        assert.deepEqual(board.lines, [
            "ca failed: failed",
            "cluster1 skipped: not begun, because ca failed",
            "cluster2 skipped: not begun, because ca failed",
        ]);
        assert.equal(upExitCode(reports), 1);
    });

    it("says how a run goes on that was stopped", async () => {
        const stacks = new FakeStacks({
            ca: [runResult("ca")],
            cluster1: [
                runResult("cluster1", { after: clusterOutputs("cluster1", { pendingImports: [pending] }) }),
            ],
            cluster2: [
                runResult("cluster2", {
                    interrupted: true,
                    after: clusterOutputs("cluster2", { exports: [httpbin] }),
                }),
            ],
        });
        const reports = await meshUp(stacks, mesh, new RecordingBoard(), options);
        assert.deepEqual(stacks.calls, ["up ca", "up cluster1", "up cluster2"]);
        assert.equal(upExitCode(reports), 130);
        assert.equal(
            upText(reports, typed("up", { refresh: true }))
                .split("\n\n")
                .at(-1),
            'Stopped before the end. The next "npm run mesh -- up --refresh" goes on from here.',
        );
    });
});
