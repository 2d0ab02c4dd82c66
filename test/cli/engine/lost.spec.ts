import * as assert from "node:assert/strict";
import type { OpType, StepEventStateMetadata } from "@pulumi/pulumi/automation";
import { madeAgain, noteObject, type Objects } from "../../../cli/engine/lost";

const type = "kubernetes:core/v1:ConfigMap";
const state = (id: string): StepEventStateMetadata => ({
    ...{ type, urn: "", id, parent: "", inputs: {}, outputs: {}, provider: "" },
});

/** What is known after these steps, each `OP OLD-ID NEW-ID` of one resource; `-` for none. */
function after(...steps: readonly string[]): Objects {
    const objects: Objects = { wanted: new Set(), lost: new Map() };
    for (const step of steps) {
        const [op = "", old = "-", current = "-"] = step.split(" ");
        noteObject(objects, {
            op: op as OpType,
            type,
            urn: `urn:pulumi:a::p::${type}::config`,
            ...(old !== "-" && { old: state(old) }),
            ...(current !== "-" && { new: state(current) }),
        });
    }
    return objects;
}

describe("the objects of a run", () => {
    const cases: readonly (readonly [string, readonly string[], boolean])[] = [
        [
            "are lost by a deletion that an earlier run left, of a name that is wanted again",
            ["create-replacement a b", "delete-replaced a -", "delete-replaced b -"],
            true,
        ],
        ["are lost too where the resource is the same", ["same a a", "delete-replaced a -"], true],
        ["are not lost by an ordinary replacement", ["create-replacement a b", "delete-replaced a -"], false],
        ["are not lost by being deleted first", ["delete-replaced a -", "create-replacement a a"], false],
        ["are not lost by a deletion", ["same a a", "delete b -"], false],
        ["are not wanted because they were looked at", ["refresh a a", "delete-replaced a -"], false],
        ["are none where there is no id", ["same - -", "delete - -"], false],
    ];
    for (const [what, steps, isLost] of cases)
        it(what, () => {
            assert.deepEqual([...after(...steps).lost.values()], isLost ? ["config"] : []);
        });

    it("are named when they are made again", () => {
        assert.equal(
            madeAgain(after("same a a", "delete-replaced a -")),
            "made config again: an earlier run had failed between making its replacement and deleting the old one, " +
                "which had the name that is wanted now",
        );
    });
});
