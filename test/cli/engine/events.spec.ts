import * as assert from "node:assert/strict";
import type { EngineEvent, OpType, StepEventMetadata } from "@pulumi/pulumi/automation";
import {
    addChanges,
    asClusterOutputs,
    changesText,
    newRun,
    noChanges,
    progressText,
    record,
} from "../../../cli/engine/events";
import { clusterOutputs } from "../samples";

let sequence = 0;
const at = (timestamp: number, event: Partial<EngineEvent>): EngineEvent => ({
    sequence: sequence++,
    timestamp,
    ...event,
});
const urn = (type: string, name: string) => `urn:pulumi:a::p::${type}::${name}`;
const deployment = "kubernetes:apps/v1:Deployment";
const step = (
    op: OpType,
    type: string,
    name: string,
    more: Partial<StepEventMetadata> = {},
): StepEventMetadata => ({
    op,
    type,
    urn: urn(type, name),
    provider: "",
    ...more,
});
const state = (outputs: Record<string, unknown>) => ({
    type: "",
    urn: "",
    id: "",
    parent: "",
    inputs: {},
    outputs,
    provider: "",
});

describe("a run told by engine events", () => {
    it("keeps what violates a policy, and takes what is only advised for a warning", () => {
        const run = newRun();
        const policyEvent = {
            resourceUrn: urn(deployment, "gateway"),
            message: "What holds.\nIt does not; mend it.\n",
            color: "raw",
            policyName: "closed",
            policyPackName: "mesh",
            policyPackVersion: "0.1.0",
            policyPackVersionTag: "0.1.0",
            enforcementLevel: "mandatory" as const,
        };
        record(run, at(100, { policyEvent }));
        record(run, at(100, { policyEvent: { ...policyEvent, enforcementLevel: "warning" } }));
        const sentence = "gateway: policy closed: It does not; mend it.";
        assert.deepEqual([run.violations, run.warnings], [[sentence], [sentence]]);
    });

    it("shows how far it is and the step that has taken longest", () => {
        const run = newRun();
        assert.equal(progressText(run, 100), "starting");
        record(run, at(100, { resourcePreEvent: { metadata: step("create", deployment, "istiod") } }));
        record(
            run,
            at(103, { resourcePreEvent: { metadata: step("update", "kubernetes:core/v1:Service", "dns") } }),
        );
        assert.equal(progressText(run, 112), "0 done; creating Deployment istiod (12 s) and 1 more");
        record(run, at(113, { resOutputsEvent: { metadata: step("create", deployment, "istiod") } }));
        assert.equal(progressText(run, 113), "1 done; updating Service dns (10 s)");
        record(
            run,
            at(114, { resOutputsEvent: { metadata: step("update", "kubernetes:core/v1:Service", "dns") } }),
        );
        record(run, at(114, { resOutputsEvent: { metadata: step("same", deployment, "gateway") } }));
        assert.equal(progressText(run, 114), "3 done, 2 changed");
    });

    it("shows what a resource of the project's own says of its wait", () => {
        const run = newRun();
        const type = "pulumi-nodejs:dynamic/istio-multicluster:StubDomains";
        record(run, at(100, { resourcePreEvent: { metadata: step("update", deployment, "istiod") } }));
        record(run, at(101, { resourcePreEvent: { metadata: step("update", type, "stub-domains") } }));
        const say = (message: string) => {
            record(run, at(112, { diagnosticEvent: { severity: "info#err", message, color: "never" } }));
        };
        say("something else");
        assert.equal(progressText(run, 113), "0 done; updating Deployment istiod (13 s) and 1 more");
        say('Waiting for the zone "global" in the cluster DNS: pod kube-system/coredns-1 answers SERVFAIL\n');
        assert.equal(
            progressText(run, 113),
            "0 done; updating StubDomains stub-domains (12 s) and 1 more: pod kube-system/coredns-1 answers SERVFAIL",
        );
    });

    it("does not count the settings that the engine writes down with the default provider", () => {
        const run = newRun();
        const metadata = step("update", "pulumi:providers:pulumi-nodejs", "default");
        record(run, at(1, { resourcePreEvent: { planning: true, metadata } }));
        record(run, at(2, { resOutputsEvent: { planning: true, metadata } }));
        assert.deepEqual(run.planned, []);
        assert.equal(progressText(run, 3), "1 done, 0 changed");
    });

    it("keeps the stack's outputs before and after, and the totals", () => {
        const run = newRun();
        const root = step("same", "pulumi:pulumi:Stack", "p-a", {
            old: state({ x: 1 }),
            new: state({ x: 2 }),
        });
        record(run, at(1, { resOutputsEvent: { metadata: root } }));
        for (const [op, name] of [
            ["create", "a"],
            ["create", "b"],
            ["create-replacement", "c"],
            ["replace", "c"],
            ["same", "d"],
        ] as const)
            record(run, at(1, { resOutputsEvent: { metadata: step(op, deployment, name) } }));
        record(
            run,
            at(2, {
                summaryEvent: {
                    maybeCorrupt: false,
                    durationSeconds: 1,
                    resourceChanges: { create: 3, replace: 1, same: 4, read: 2 },
                    policyPacks: {},
                },
            }),
        );
        assert.deepEqual(run.before, { x: 1 });
        assert.deepEqual(run.after, { x: 2 });
        assert.deepEqual(run.changes, { created: 2, updated: 0, replaced: 1, deleted: 0, same: 4 });
    });

    it("says that what stays in the cluster is forgotten, not deleted", () => {
        const run = newRun();
        for (const retainOnDelete of [true, true, false]) {
            const old = { ...state({}), custom: true, retainOnDelete };
            const metadata = step("delete", deployment, `kept ${retainOnDelete}`, { old });
            record(run, at(1, { resourcePreEvent: { metadata, planning: true } }));
        }
        const resourceChanges = { delete: 3 };
        const summary = { maybeCorrupt: false, durationSeconds: 1, resourceChanges, policyPacks: {} };
        record(run, at(2, { summaryEvent: summary }));
        assert.deepEqual(
            run.planned.map(({ op }) => op),
            ["forget", "forget", "delete"],
        );
        assert.equal(changesText(run.changes ?? noChanges), "1 deleted, 2 forgotten");
    });

    it("does not count the stack's root, the providers and components among what was made or deleted", () => {
        for (const op of ["create", "delete"] as const) {
            const run = newRun();
            const component = { [op === "create" ? "new" : "old"]: state({}) };
            for (const metadata of [
                step(op, "pulumi:pulumi:Stack", "p-a"),
                step(op, "pulumi:providers:kubernetes", "cluster"),
                step(op, "kubernetes:helm.sh/v4:Chart", "istiod", component),
                step(op, deployment, "istiod"),
            ])
                record(run, at(1, { resOutputsEvent: { metadata } }));
            const resourceChanges = { [op]: 4 };
            const summary = { maybeCorrupt: false, durationSeconds: 1, resourceChanges, policyPacks: {} };
            record(run, at(2, { summaryEvent: summary }));
            assert.equal(run.changes && changesText(run.changes), `1 ${op}d`);
        }
    });

    it("lists planned changes, a replacement once, and nothing that stays", () => {
        const run = newRun();
        for (const metadata of [
            step("create", deployment, "istiod"),
            step("same", deployment, "gateway"),
            step("read", "pulumi:pulumi:StackReference", "ca"),
            step("create", "pulumi:pulumi:Stack", "p-a"),
            step("create", "pulumi:providers:kubernetes", "cluster"),
            step("create-replacement", "kubernetes:core/v1:Secret", "cacerts"),
            step("replace", "kubernetes:core/v1:Secret", "cacerts", { diffs: ["data"] }),
            step("delete-replaced", "kubernetes:core/v1:Secret", "cacerts"),
            step("update", "kubernetes:core/v1:Service", "dns", { diffs: ["spec"] }),
        ])
            record(run, at(1, { resourcePreEvent: { metadata, planning: true } }));
        assert.deepEqual(run.planned, [
            { op: "create", type: deployment, name: "istiod", properties: [], mayStay: false },
            {
                op: "replace",
                type: "kubernetes:core/v1:Secret",
                name: "cacerts",
                properties: [{ path: "data" }],
                mayStay: false,
            },
            {
                op: "update",
                type: "kubernetes:core/v1:Service",
                name: "dns",
                properties: [{ path: "spec" }],
                mayStay: false,
            },
        ]);
        assert.deepEqual(run.done, []);
    });

    it("lists what is in an object that comes or goes, but for secrets and Pulumi's own entries", () => {
        const run = newRun();
        const holding = (inputs: object) => ({ custom: true, inputs }) as unknown as StepEventMetadata["new"];
        const inputs = {
            __internal: 1,
            data: { a: "b", password: "[secret]" },
            address: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        };
        for (const metadata of [
            step("create", deployment, "new", { new: holding(inputs) }),
            step("delete", deployment, "old", { old: holding({ data: {} }) }),
            step("update", deployment, "other", { old: holding({}), new: holding(inputs), diffs: ["data"] }),
        ])
            record(run, at(1, { resourcePreEvent: { metadata, planning: true } }));
        assert.deepEqual(
            run.planned.map(({ content }) => content),
            [
                { data: { a: "b", password: "[secret]" }, address: "[known during up]" },
                { data: {} },
                undefined,
            ],
        );
    });

    it("lists what an update has done in the same way", () => {
        const run = newRun();
        for (const metadata of [
            step("create", deployment, "istiod"),
            step("same", deployment, "gateway"),
            step("create-replacement", "kubernetes:core/v1:Secret", "cacerts"),
            step("replace", "kubernetes:core/v1:Secret", "cacerts", { diffs: ["data"] }),
            step("delete-replaced", "kubernetes:core/v1:Secret", "cacerts"),
            step("delete", "kubernetes:core/v1:Service", "dns"),
        ])
            record(run, at(1, { resOutputsEvent: { metadata } }));
        assert.deepEqual(
            run.done.map(({ op, name }) => `${op} ${name}`),
            ["create istiod", "replace cacerts", "delete dns"],
        );
        assert.deepEqual(run.planned, []);
    });

    it("neither lists a component nor waits for it", () => {
        const run = newRun();
        const metadata = step("create", "kubernetes:helm.sh/v4:Chart", "istiod", { new: state({}) });
        record(run, at(1, { resourcePreEvent: { metadata } }));
        assert.equal(progressText(run, 9), "starting");
        record(run, at(2, { resOutputsEvent: { metadata } }));
        record(run, at(2, { resourcePreEvent: { metadata, planning: true } }));
        assert.deepEqual([run.done, run.planned], [[], []]);
    });

    it("keeps errors without colours, and takes note of Ctrl-C and of an earlier interruption", () => {
        const run = newRun();
        const diagnostic = (severity: "error" | "warning" | "info", message: string, of?: string) =>
            at(1, { diagnosticEvent: { severity, message, color: "never", urn: of } });
        record(run, diagnostic("error", "<{%fg 1%}>no such image<{%reset%}>\n", urn(deployment, "istiod")));
        record(run, diagnostic("error", "update failed\n"));
        record(
            run,
            diagnostic(
                "warning",
                "Attempting to deploy with 2 pending operations from previous deployment.\n",
            ),
        );
        record(run, at(1, { stdoutEvent: { message: "^C received; cancelling. If you", color: "never" } }));
        assert.deepEqual(run.errors, [
            { resource: "istiod", text: "no such image" },
            { resource: "", text: "update failed" },
        ]);
        assert.equal(run.interruptedBefore, true);
        assert.equal(run.cancelling, true);
        assert.deepEqual(run.warnings, []);
    });

    it("keeps what the program warns of, which the engine says of no resource", () => {
        const run = newRun();
        const warn = (message: string, of?: string) => {
            const event = { severity: "warning", message, color: "never", urn: of } as const;
            record(run, at(1, { diagnosticEvent: event }));
        };
        warn("cluster.adopt is true\n");
        warn("Its root ends in 3 days\n", urn("pulumi:pulumi:Stack", "p-a"));
        warn("The import of a.b.global is pending: it is not up yet.\n");
        warn("this API is deprecated\n", urn(deployment, "istiod"));
        assert.deepEqual(run.warnings, ["cluster.adopt is true", "Its root ends in 3 days"]);
    });
});

describe("changes", () => {
    it("are said in words", () => {
        assert.equal(changesText({ ...noChanges, same: 9 }), "nothing changed");
        assert.equal(
            changesText({ created: 1, updated: 2, replaced: 3, deleted: 4, same: 5 }),
            "1 created, 2 updated, 3 replaced, 4 deleted",
        );
    });

    it("of two passes add up, but what stayed counts once", () => {
        assert.deepEqual(
            addChanges(
                { created: 1, updated: 1, replaced: 0, deleted: 0, same: 2 },
                { created: 2, updated: 0, replaced: 1, deleted: 1, same: 7 },
            ),
            { created: 3, updated: 1, replaced: 1, deleted: 1, same: 7 },
        );
    });
});

describe("asClusterOutputs", () => {
    it("knows a cluster's outputs from others", () => {
        const outputs = clusterOutputs("a");
        assert.deepEqual(asClusterOutputs(outputs), outputs);
        for (const other of [undefined, null, "x", {}, { rootCertPem: "" }])
            assert.equal(asClusterOutputs(other), undefined);
    });

    it("reads the one exporter that an earlier version wrote as a list of one", () => {
        const active = { host: "a.b.global", from: ["b"], ports: [], virtualAddress: "240.0.0.2" };
        const earlier = { ...clusterOutputs("a"), imports: [{ ...active, from: "b" }] };
        assert.deepEqual(asClusterOutputs(earlier)?.imports, [active]);
        assert.deepEqual(asClusterOutputs(clusterOutputs("a", { imports: [active] }))?.imports, [active]);
    });
});
