import * as assert from "node:assert/strict";
import { destroyExitCode, destroyText, meshDestroy, type DestroyStacks } from "../../cli/destroy";
import { outputsText } from "../../cli/outputs";
import { meshPreview, previewExitCode, previewText, type PreviewStacks } from "../../cli/preview";
import type { RunResult } from "../../cli/stacks";
import { duration } from "../../cli/tables";
import { clusterOutputs, httpbin, RecordingBoard, runResult } from "./samples";
import { stripVTControlCharacters } from "node:util";

const mesh = { project: "p", ca: "ca", clusters: ["a", "b"] };
const unreachable = { messages: ["no answer"], nextStep: "Start it." };

class FakeStacks implements DestroyStacks, PreviewStacks {
    readonly calls: string[] = [];

    constructor(
        private readonly counts: Record<string, number>,
        private readonly results: Record<string, Partial<RunResult>> = {},
        private readonly kept: Record<string, readonly string[]> = {},
    ) {}

    has(stack: string): boolean {
        return stack in this.counts;
    }

    resources(stack: string): number {
        return this.counts[stack] ?? 0;
    }

    relist(): Promise<void> {
        return Promise.resolve();
    }

    protectedResources(stack: string): Promise<readonly string[]> {
        return Promise.resolve(this.kept[stack] ?? []);
    }

    destroy(stack: string): Promise<RunResult> {
        this.calls.push(`destroy ${stack}`);
        const deleted = this.resources(stack);
        const result = runResult(stack, {
            changes: { created: 0, updated: 0, replaced: 0, deleted, same: 0 },
            ...this.results[stack],
        });
        if (result.failure === undefined) this.counts[stack] = 0;
        return Promise.resolve(result);
    }

    remove(stack: string): Promise<void> {
        this.calls.push(`remove ${stack}`);
        return Promise.resolve();
    }

    create(stack: string): Promise<undefined> {
        this.calls.push(`create ${stack}`);
        return Promise.resolve(undefined);
    }

    preview(stack: string): Promise<RunResult> {
        this.calls.push(`preview ${stack}`);
        return Promise.resolve(runResult(stack, this.results[stack]));
    }
}

describe("mesh destroy", () => {
    it("destroys the clusters, then the certificates, and skips what is not there", async () => {
        const stacks = new FakeStacks({ a: 10, ca: 4 });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), false);
        assert.deepEqual(stacks.calls, ["destroy a", "destroy ca"]);
        assert.equal(destroyExitCode(reports), 0);
        assert.equal(
            stripVTControlCharacters(destroyText(reports)),
            [
                "stack  deleted  remains                                               seconds",
                "a      10       nothing; the empty stack stays (--remove forgets it)  2.0",
                "b      0        nothing; there is no such stack                       0.0",
                "ca     4        nothing; the empty stack stays (--remove forgets it)  2.0",
            ].join("\n"),
        );
    });

    it("deletes nothing while the root is protected, and says how to go on", async () => {
        const stacks = new FakeStacks({ a: 10, ca: 4 }, {}, { ca: ["root-key", "root-cert"] });
        await assert.rejects(meshDestroy(stacks, mesh, new RecordingBoard(), false), {
            message: 'Nothing was deleted: stack "ca" protects root-key and root-cert.',
            nextStep:
                "If that really is to go: pulumi state unprotect --all --yes --stack ca, then run this again. " +
                "To delete a cluster and keep the certificates: pulumi destroy --stack CLUSTER.",
        });
        assert.deepEqual(stacks.calls, []);
    });

    it("keeps the certificates while a cluster still holds something", async () => {
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, { b: { failure: unreachable } });
        const board = new RecordingBoard();
        const reports = await meshDestroy(stacks, mesh, board, true);
        assert.deepEqual(stacks.calls, ["destroy a", "destroy b", "remove a"]);
        assert.equal(board.lines.at(-1), "ca skipped: kept, because a cluster still uses its certificates");
        assert.deepEqual(
            reports.map(({ stack, state, remaining }) => [stack, state, remaining]),
            [
                ["a", "removed", undefined],
                ["b", "left", 3],
                ["ca", "kept", 4],
            ],
        );
        assert.equal(destroyExitCode(reports), 1);
    });
});

describe("mesh preview", () => {
    const planned = [{ op: "create", type: "kubernetes:core/v1:Service", name: "dns", properties: [] }];
    const changes = { created: 1, updated: 0, replaced: 0, deleted: 0, same: 4 };

    it("shows each stack's changes and totals", async () => {
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, { a: { planned, changes } });
        const reports = await meshPreview(stacks, mesh, new RecordingBoard(), mesh.clusters, false);
        assert.deepEqual(stacks.calls, ["preview ca", "preview a", "preview b"]);
        assert.equal(
            stripVTControlCharacters(previewText(reports)),
            [
                "ca: no change",
                "",
                "a: 1 to be created",
                "change  type                        name  properties",
                "create  kubernetes:core/v1:Service  dns",
                "",
                "b: no change",
            ].join("\n"),
        );
        assert.equal(previewExitCode(reports, false), 0);
        assert.equal(previewExitCode(reports, true), 1);
        assert.equal(previewExitCode(reports.slice(0, 1), true), 0);
    });

    it("shows what a program warns of", async () => {
        const text = 'Root "root" ends in 9 days, on 2026-12-01T00:00:00Z.';
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, { ca: { warnings: [text] } });
        const reports = await meshPreview(stacks, mesh, new RecordingBoard(), mesh.clusters, false);
        assert.equal(previewText(reports).split("\n\n").at(-1), `ca warns: ${text}`);
    });

    it("previews no cluster before the certificates are there", async () => {
        const stacks = new FakeStacks({});
        const reports = await meshPreview(stacks, mesh, new RecordingBoard(), mesh.clusters, false);
        assert.deepEqual(stacks.calls, ["create ca", "preview ca"]);
        assert.match(
            previewText(reports),
            /a: can't be previewed before "npm run mesh -- up" has made the certificates of stack "ca"/,
        );
    });
});

describe("mesh outputs", () => {
    it("shows gateways, exports, imports and what waits", () => {
        const waiting = { host: "x.y.global", from: "b", reason: "b is not up yet" };
        const rows = [
            { stack: "a", outputs: clusterOutputs("a", { exports: [httpbin], pendingImports: [waiting] }) },
            { stack: "b" },
        ];
        assert.equal(
            stripVTControlCharacters(outputsText(rows)),
            [
                "cluster  gateway            exports                         imports  pending                             root certificate",
                "a        172.30.0.12:31443  httpbin.bar.global = 240.0.0.2           x.y.global from b: b is not up yet  abababababababab",
                "b        not up yet",
            ].join("\n"),
        );
    });
});

describe("duration", () => {
    it("is said in seconds or minutes", () => {
        assert.deepEqual([0.4, 59, 60, 125].map(duration), ["0 s", "59 s", "1 min 00 s", "2 min 05 s"]);
    });
});
