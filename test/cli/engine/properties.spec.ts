import { DiffKind } from "@pulumi/pulumi/automation";
import * as assert from "node:assert/strict";
import { changedProperties, propertiesText, type StepDifference } from "../../../cli/engine/properties";

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
    const update = (more: Partial<StepDifference>): readonly string[] =>
        changedProperties({ op: "update", ...more });

    it("are named as exactly as the provider does", () => {
        const detailedDiff = {
            "spec.replicas": { diffKind: DiffKind.update, inputDiff: true },
            "metadata.labels.x": { diffKind: DiffKind.delete, inputDiff: true },
        };
        assert.deepEqual(update({ detailedDiff, diffs: ["spec"] }), ["metadata.labels.x", "spec.replicas"]);
        assert.deepEqual(update({ diffs: ["spec"], keys: ["metadata"] }), ["spec"]);
    });

    it("are found by the inputs where the provider names none", () => {
        const old = labels({ x: "1", "app.kubernetes.io/name": "a" });
        const found = { diffs: [], detailedDiff: {}, old, new: labels({}) };
        assert.deepEqual(update(found), ["metadata.labels.x", 'metadata.labels["app.kubernetes.io/name"]']);
        assert.deepEqual(update({ diffs: [], keys: ["data"], old, new: old }), ["data"]);
        assert.deepEqual(changedProperties({ op: "create", new: old }), []);
    });

    it("are told in a table up to four", () => {
        assert.equal(propertiesText(["a", "b", "c", "d", "e"]), "a, b, c, d, e");
        assert.equal(propertiesText(["a", "b", "c", "d", "e", "f"]), "a, b, c, d and 2 more");
    });
});
