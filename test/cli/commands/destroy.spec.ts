import * as assert from "node:assert/strict";
import {
    abandonSentence,
    destroyExitCode,
    type DestroyOptions,
    destroyText,
    meshDestroy,
    type DestroyStacks,
} from "../../../cli/commands/destroy";
import type { Look, Place } from "../../../cli/engine/reach";
import { runHints } from "../../../cli/hints/runHints";
import { Problem } from "../../../cli/problem";
import type { Holdings } from "../../../cli/engine/holdings";
import { outputsText } from "../../../cli/commands/outputs";
import { meshPreview, previewExitCode, previewText, type PreviewStacks } from "../../../cli/commands/preview";
import type { RunOptions, RunResult } from "../../../cli/engine/stackRuns";
import { duration } from "../../../cli/print/tables";
import { clusterOutputs, hint, httpbin, RecordingBoard, runResult, typed } from "../samples";
import { stripVTControlCharacters } from "node:util";

const mesh = { project: "p", ca: "ca", clusters: ["a", "b"] };
const unreachable = { messages: ["no answer"], nextStep: hint("Start it.") };
const command = typed("destroy");
const options: DestroyOptions = { command, remove: false, abandoned: [] };
const looking = { clusters: mesh.clusters, refresh: false };
const silent = (stack: string): Look => ({
    state: "silent",
    stack,
    detail: "no answer",
    at: Date.now(),
});

class FakeStacks implements DestroyStacks, PreviewStacks {
    readonly calls: string[] = [];

    constructor(
        private counts: Record<string, number>,
        private readonly results: Record<string, Partial<RunResult>> = {},
        /** How clusters look that do not answer. */
        private readonly looks: Record<string, Look> = {},
        private readonly drifts: Record<string, string> = {},
        private readonly kept: Record<string, readonly string[]> = {},
    ) {}

    drift(stack: string): Promise<string | undefined> {
        return Promise.resolve(this.drifts[stack]);
    }

    has(stack: string): boolean {
        return stack in this.counts;
    }

    resources(stack: string): number {
        return this.counts[stack] ?? 0;
    }

    relist(): Promise<void> {
        return Promise.resolve();
    }

    holdings(stack: string): Promise<Holdings> {
        return Promise.resolve({
            protected: this.kept[stack] ?? [],
            // The stack itself is one.
            isUnfinished: false,
            isSomewhere: this.resources(stack) > 1,
        });
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

    abandon(stack: string): Promise<void> {
        this.calls.push(`abandon ${stack}`);
        this.counts = Object.fromEntries(Object.entries(this.counts).filter(([name]) => name !== stack));
        return Promise.resolve();
    }

    look(stack: string): Promise<Look> {
        return Promise.resolve(this.looks[stack] ?? { state: "answers" });
    }

    place(): Place {
        return { kubeconfig: "k", context: "c", isBehindProxy: false };
    }

    create(stack: string): Promise<undefined> {
        this.calls.push(`create ${stack}`);
        return Promise.resolve(undefined);
    }

    preview(stack: string, { refresh = false }: RunOptions = {}): Promise<RunResult> {
        this.calls.push(`preview ${stack}${refresh ? " --refresh" : ""}`);
        return Promise.resolve(runResult(stack, this.results[stack]));
    }
}

describe("mesh destroy", () => {
    it("leaves a cluster that does not answer in its stack, and says how to give it up", async () => {
        const stacks = new FakeStacks({ ca: 5, a: 30, b: 30 }, {}, { b: silent("b") });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), options);
        assert.deepEqual(stacks.calls, ["destroy a"]);
        assert.deepEqual(
            reports.map(({ stack, state, remaining }) => [stack, state, remaining]),
            [
                ["a", "empty", 0],
                ["b", "left", 30],
                ["ca", "kept", 5],
            ],
        );
        assert.equal(destroyExitCode(reports), 1);
        assert.ok(
            destroyText(reports, command).includes(
                [
                    "b failed:",
                    '  The cluster does not answer, so nothing of it was deleted. 30 resources are left in stack "b".',
                    "  no answer",
                    "Next: See whether the cluster of Pulumi.b.yaml runs and its kubeconfig is right (for the lab: " +
                        'npm run lab -- status), then run "npm run mesh -- destroy" again. If the cluster is gone for ' +
                        "good: npm run mesh -- destroy --clusters b --abandon b forgets its stack and touches no other, " +
                        "and the same destroy again then goes on with those.",
                ].join("\n"),
            ),
        );
    });

    it("forgets a cluster that is given up, and then destroys the certificates", async () => {
        const stacks = new FakeStacks({ ca: 5, a: 30, b: 30 }, {}, { b: silent("b") });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), {
            ...options,
            abandoned: ["b"],
        });
        assert.deepEqual(stacks.calls.sort(), ["abandon b", "destroy a", "destroy ca"]);
        assert.deepEqual(
            reports.map(({ stack, state, remaining }) => [stack, state, remaining]),
            [
                ["a", "empty", 0],
                ["b", "abandoned", 30],
                ["ca", "empty", 0],
            ],
        );
        assert.equal(destroyExitCode(reports), 0);
        assert.match(destroyText(reports, command), /30 resources, forgotten with the stack/);
    });

    it("gives up no cluster that answers, or may be there, and deletes nothing then", async () => {
        const abandoning = { ...options, command: typed("destroy", { abandon: "b" }), abandoned: ["b"] };
        for (const [look, message, nextStep] of [
            [
                { state: "answers" },
                'Nothing was deleted: cluster "b" answers, so there is no reason to give up what is in it.',
                "To delete what is in it: npm run mesh -- destroy",
            ],
            [
                { state: "unclear", detail: "getting credentials: exec: no" },
                'Nothing was deleted: whether cluster "b" is gone can\'t be told. getting credentials: exec: no',
                'Run "npm run mesh -- destroy --abandon b" again once it can be looked at.',
            ],
        ] as const) {
            const stacks = new FakeStacks({ ca: 5, a: 30, b: 30 }, {}, { b: look });
            await assert.rejects(meshDestroy(stacks, mesh, new RecordingBoard(), abandoning), (error) => {
                assert.ok(error instanceof Problem);
                assert.deepEqual([error.message, error.nextStep?.text], [message, nextStep]);
                return true;
            });
            assert.deepEqual(stacks.calls, []);
        }
    });

    it("gives up a cluster whose kubeconfig is gone too, but does not advise it", async () => {
        const absent: Look = { state: "absent", detail: "no such file" };
        const stacks = new FakeStacks({ ca: 5, a: 30, b: 30 }, {}, { b: absent });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), options);
        const [failure] = reports.flatMap((report) => report.failure ?? []);
        assert.deepEqual(
            failure?.nextStep.commands.map(({ effect }) => effect),
            ["asked"],
        );
        await meshDestroy(stacks, mesh, new RecordingBoard(), { ...options, abandoned: ["b"] });
        assert.ok(stacks.calls.includes("abandon b"));
    });

    it("gives up one cluster and touches nothing else, where only that is named", async () => {
        const stacks = new FakeStacks({ ca: 5, a: 30, b: 30 }, {}, { b: silent("b") });
        const only = { ...options, clusters: ["b"], abandoned: ["b"] };
        assert.equal(
            abandonSentence(stacks, mesh, only),
            "Forgets b (30 resources) and leaves what is there. Touches no other stack.",
        );
        const board = new RecordingBoard();
        const reports = await meshDestroy(stacks, mesh, board, only);
        assert.deepEqual(stacks.calls, ["abandon b"]);
        assert.deepEqual(
            reports.map(({ stack, state }) => [stack, state]),
            [["b", "abandoned"]],
        );
        assert.ok(board.lines.includes("ca skipped: kept, because --clusters names clusters only"));
    });

    it("says what it destroys beside the cluster that it gives up", () => {
        const stacks = new FakeStacks({ ca: 5, a: 30, b: 40 });
        assert.equal(
            abandonSentence(stacks, mesh, { ...options, abandoned: ["b"] }),
            "Forgets b (40 resources) and leaves what is there. " +
                "Destroys: a (30 resources); the certificates, stack ca (5 resources).",
        );
        assert.equal(abandonSentence(stacks, mesh, options), undefined);
        assert.throws(
            () => abandonSentence(stacks, mesh, { ...options, clusters: ["a"], abandoned: ["b"] }),
            { message: "--abandon names b, which --clusters leaves out." },
        );
    });

    it("destroys only the clusters that are named, and no certificates", async () => {
        const stacks = new FakeStacks({ ca: 5, a: 30, b: 30 }, {}, {}, {}, { ca: ["root-key"] });
        await meshDestroy(stacks, mesh, new RecordingBoard(), { ...options, clusters: ["a"], remove: true });
        assert.deepEqual(stacks.calls, ["destroy a", "remove a"]);
    });

    it("asks no cluster of which its stack holds nothing", async () => {
        const stacks = new FakeStacks({ ca: 5, a: 1, b: 0 }, {}, { a: silent("a"), b: silent("b") });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), options);
        assert.equal(destroyExitCode(reports), 0);
    });

    it("destroys the clusters, then the certificates, and skips what is not there", async () => {
        const stacks = new FakeStacks({ a: 10, ca: 4 });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), options);
        assert.deepEqual(stacks.calls, ["destroy a", "destroy ca"]);
        assert.equal(destroyExitCode(reports), 0);
        assert.equal(
            stripVTControlCharacters(destroyText(reports, command)),
            [
                "stack  deleted  remains                                               seconds",
                "a      10       nothing; the empty stack stays (--remove forgets it)  2.0",
                "b      0        nothing; there is no such stack                       0.0",
                "ca     4        nothing; the empty stack stays (--remove forgets it)  2.0",
            ].join("\n"),
        );
    });

    it("says what it has repaired", async () => {
        const stacks = new FakeStacks({ a: 10, ca: 4 }, { a: { notes: ["unlocked: it ended"] } });
        const reports = await meshDestroy(stacks, mesh, new RecordingBoard(), options);
        assert.match(destroyText(reports, command), /\n\na: unlocked: it ended$/);
    });

    it("deletes nothing while the root is protected, and says how to go on", async () => {
        const stacks = new FakeStacks({ a: 10, ca: 4 }, {}, {}, {}, { ca: ["root-key", "root-cert"] });
        await assert.rejects(meshDestroy(stacks, mesh, new RecordingBoard(), options), {
            message: 'Nothing was deleted: stack "ca" protects root-key and root-cert.',
            nextStep: runHints.protectedBeforeDestroy(command, ["ca"], ["a", "b"]),
        });
        assert.deepEqual(stacks.calls, []);
    });

    it("keeps the certificates while a cluster still holds something", async () => {
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, { b: { failure: unreachable } });
        const board = new RecordingBoard();
        const reports = await meshDestroy(stacks, mesh, board, { ...options, remove: true });
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
    const type = "kubernetes:core/v1:Service";
    const planned = [{ op: "create", type, name: "dns", properties: [], mayStay: false }];
    const changes = { created: 1, updated: 0, replaced: 0, deleted: 0, same: 4 };

    it("shows each stack's changes and totals", async () => {
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, { a: { planned, changes } });
        const reports = await meshPreview(stacks, mesh, new RecordingBoard(), looking);
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

    it("reads the real state first where a gateway has moved", async () => {
        const drift = "its gateway's Service has node port 32000 and no longer 31443";
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, {}, {}, { b: drift });
        await meshPreview(stacks, mesh, new RecordingBoard(), looking);
        assert.deepEqual(stacks.calls, ["preview ca", "preview a", "preview b --refresh"]);
    });

    it("shows what a program warns of", async () => {
        const text = 'Root "root" ends in 9 days, on 2026-12-01T00:00:00Z.';
        const stacks = new FakeStacks({ a: 10, b: 3, ca: 4 }, { ca: { warnings: [text] } });
        const reports = await meshPreview(stacks, mesh, new RecordingBoard(), looking);
        assert.equal(previewText(reports).split("\n\n").at(-1), `ca warns: ${text}`);
    });

    it("previews every cluster of a mesh that is not there yet", async () => {
        const stacks = new FakeStacks({});
        const board = new RecordingBoard();
        await meshPreview(stacks, mesh, board, looking);
        assert.deepEqual(stacks.calls, ["preview ca", "preview a", "preview b"]);
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

describe("mesh outputs with teams", () => {
    it("names the owner of what has one", () => {
        const owner = "web";
        const active = {
            host: "a.b.global",
            from: ["b"],
            ports: [],
            virtualAddress: "240.0.0.9",
            owner,
        };
        const waiting = { host: "x.y.global", from: "b", reason: "b is not up yet", owner };
        const outputs = clusterOutputs("a", {
            exports: [{ ...httpbin, owner: "tools" }],
            imports: [active],
            pendingImports: [waiting],
        });
        const [, line = ""] = stripVTControlCharacters(outputsText([{ stack: "a", outputs }])).split("\n");
        assert.match(
            line,
            / httpbin\.bar\.global = 240\.0\.0\.2 \(owner tools\) +a\.b\.global from b \(owner web\) +x\.y\.global from b \(owner web\): b is not up yet /,
        );
    });
});

describe("duration", () => {
    it("is said in seconds or minutes", () => {
        assert.deepEqual([0.4, 59, 60, 125].map(duration), ["0 s", "59 s", "1 min 00 s", "2 min 05 s"]);
    });
});
