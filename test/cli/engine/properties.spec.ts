import { DiffKind } from "@pulumi/pulumi/automation";
import * as assert from "node:assert/strict";
import {
    changedProperties,
    mayBeEqual,
    type PropertyChange,
    type StepDifference,
    unknownValue,
} from "../../../cli/engine/properties";

describe("the properties that a change is made of", () => {
    const state = (inputs: Record<string, unknown>) => ({
        type: "",
        urn: "",
        id: "",
        parent: "",
        inputs,
        outputs: {},
        provider: "",
    });
    const labels = (labels: object) => state({ metadata: { name: "foo", labels }, __defaults: ["x"] });
    const update = (more: Partial<StepDifference>): readonly PropertyChange[] =>
        changedProperties({ op: "update", type: "", ...more });
    const unknownInEvents = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    it("are named as exactly as the provider does, with their values", () => {
        const detailedDiff = {
            "spec.replicas": { diffKind: DiffKind.update, inputDiff: true },
            "metadata.labels.x": { diffKind: DiffKind.delete, inputDiff: true },
        };
        const old = state({ spec: { replicas: 1, paused: true }, metadata: { labels: { x: "1" } } });
        const current = state({ spec: { replicas: 2 }, metadata: { labels: {} } });
        assert.deepEqual(update({ detailedDiff, diffs: ["spec"], old, new: current }), [
            { path: "metadata.labels.x", old: "1" },
            { path: "spec.replicas", old: 1, new: 2 },
        ]);
    });

    it("are followed down where the provider names only the top", () => {
        const old = state({ spec: { ports: [{ number: 80 }], hosts: ["a"] } });
        const current = state({ spec: { ports: [{ number: 8080 }], hosts: ["a", "b"] } });
        assert.deepEqual(update({ diffs: ["spec"], old, new: current }), [
            { path: "spec.hosts", old: ["a"], new: ["a", "b"] },
            { path: "spec.ports[0].number", old: 80, new: 8080 },
        ]);
    });

    it("are found by the inputs where the provider names none", () => {
        const old = labels({ x: "1", "app.kubernetes.io/name": "a" });
        const found = { diffs: [], detailedDiff: {}, old, new: labels({}) };
        assert.deepEqual(update(found), [
            { path: "metadata.labels.x", old: "1" },
            { path: 'metadata.labels["app.kubernetes.io/name"]', old: "a" },
        ]);
        assert.deepEqual(update({ diffs: [], keys: ["data"], old, new: old }), [{ path: "data" }]);
        assert.deepEqual(changedProperties({ op: "create", type: "", new: old }), []);
    });

    it("are the wanted value where the cluster alone differs, and never a secret", () => {
        const same = state({ spec: { replicas: 2 }, data: "[secret]" });
        assert.deepEqual(update({ diffs: ["spec.replicas", "data"], old: same, new: same }), [
            { path: "data" },
            { path: "spec.replicas", new: 2 },
        ]);
    });

    it("say of what is inside a secret no more than the secret's name, before an update as after it", () => {
        const secret = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            ciphertext: "[secret]",
        };
        const type = "kubernetes:core/v1:Secret";
        const old = state({ data: secret, type: "Opaque" });
        const current = state({ stringData: secret, type: "Opaque" });
        const foretold = update({ type, diffs: ["data", "stringData"], old, new: current });
        const detailedDiff = Object.fromEntries(
            ['data["ca-cert.pem"]', 'data["cert-chain.pem"]'].map((path) => [
                path,
                { diffKind: DiffKind.update, inputDiff: false },
            ]),
        );
        const seen = update({ type, detailedDiff, old, new: current });
        assert.deepEqual([foretold, seen], [[{ path: "data" }], [{ path: "data" }]]);
    });

    it("say what only the update can tell", () => {
        const old = state({ spec: { endpoints: [{ address: "10.0.0.1" }], resolution: "STATIC" } });
        const endpoints = state({ spec: { endpoints: unknownInEvents, resolution: "STATIC" } });
        const unknown = update({ diffs: ["spec"], old, new: endpoints });
        assert.deepEqual(unknown, [
            { path: "spec.endpoints", old: [{ address: "10.0.0.1" }], new: unknownValue },
        ]);
        assert.ok(mayBeEqual("update", unknown));
        assert.ok(!mayBeEqual("replace", unknown));
        const both = state({ spec: { endpoints: unknownInEvents, resolution: "DNS" } });
        assert.ok(!mayBeEqual("update", update({ diffs: ["spec"], old, new: both })));
    });
});
