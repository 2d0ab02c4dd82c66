import assert from "node:assert/strict";
import { driftMark, driftOf } from "../../ci/drift";
import type { PreviewReport } from "../../cli/commands/preview";
import { advise } from "../../cli/hints/hint";

const gateway = {
    op: "update",
    type: "kubernetes:apps/v1:Deployment",
    name: "gateway",
    properties: [{ path: "spec.replicas", old: 1, new: 2 }],
    mayStay: false,
};
const webhook = { ...gateway, name: "webhook" };
const report = (
    stack: string,
    planned: PreviewReport["planned"] = [],
    more: Partial<PreviewReport> = {},
) => ({
    stack,
    planned,
    interrupted: false,
    warnings: [],
    ...more,
});

describe("drift", () => {
    it("is none where nothing would change", () => {
        const { state, body } = driftOf([report("one")], [report("one")]);
        assert.deepEqual({ state, body }, { state: "clean", body: driftMark });
    });

    it("tells what was changed by hand from what was merged and not applied", () => {
        const { state, body } = driftOf([report("one", [gateway])], [report("one", [gateway, webhook])]);
        assert.equal(state, "drifted");
        assert.equal(
            body,
            [
                driftMark,
                "",
                "**Changed by hand, and undone by `mesh up --refresh` or the workflow `up` with `refresh`:**",
                "",
                "- one: Deployment webhook: update spec.replicas",
                "",
                "**Merged and not applied, or due by the clock or by nodes and gateways that moved:**",
                "",
                "- one: Deployment gateway: update spec.replicas",
            ].join("\n"),
        );
    });

    it("is no drift where a cluster could not be looked at", () => {
        const failure = {
            nextStep: advise`Look.`,
            messages: ["cluster one can't be reached: @everyone\nmore"],
        };
        const down = [report("one", [], { failure }), report("two")];
        const { state, body } = driftOf(down, down);
        assert.equal(state, "could not look");
        assert.match(
            body,
            /\n\*\*Could not look:\*\*\n\n- one: cluster one can't be reached: &#64;everyone$/,
        );
    });

    it("has the same text whatever order objects come in", () => {
        const one = driftOf([report("one", [gateway, webhook])], [report("one", [webhook, gateway])]);
        const other = driftOf([report("one", [webhook, gateway])], [report("one", [gateway, webhook])]);
        assert.deepEqual(one, other);
    });
});
