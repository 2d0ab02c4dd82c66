import * as assert from "node:assert/strict";
import { badEnd, lastUp } from "../../../lib/mesh/lastRun";

const end = "2026-11-26T12:00:05.000Z";
const cutShort = "a run of it was cut short or is under way, or its state was edited";
const ended = (result: string, kind = "update") => [{ kind, result, endTime: end }];
const underWay = [{ kind: "update", result: "in-progress" }];

describe("the last run of a stack", () => {
    const cases: readonly (readonly [string, Parameters<typeof badEnd>, string | undefined])[] = [
        ["came to a good end", [ended("succeeded"), "2026-11-26T12:00:04.900Z"], undefined],
        // The end is kept in whole seconds, and the state is written once more after it.
        ["wrote its state last of all", [ended("succeeded"), "2026-11-26T12:00:06.100Z"], undefined],
        ["there never was, nor a state", [[], undefined], undefined],
        ["left a state of which no time is known", [ended("succeeded"), undefined], undefined],
        ["failed, or was stopped by Ctrl-C", [ended("failed"), end], "its last update failed or was stopped"],
        ["was a destroy", [ended("failed", "destroy"), end], "its last destroy failed or was stopped"],
        ["was killed, as Pulumi Cloud says it", [underWay, undefined], cutShort],
        [
            "was killed, so that a file or a bucket knows the one before",
            [ended("succeeded"), "2026-11-26T12:00:09.000Z"],
            cutShort,
        ],
        ["was killed as the first", [[], end], cutShort],
    ];
    for (const [what, given, expected] of cases)
        it(what, () => {
            assert.equal(badEnd(...given), expected);
        });
});

describe("the last good update of a stack", () => {
    const at = (endTime: string, result = "succeeded", kind = "update", environment = {}) => ({
        kind,
        result,
        endTime,
        environment,
    });

    it("is the newest that succeeded, with the commit and its author where they are known", () => {
        const old = at("2026-11-01T00:00:00.000Z");
        const commit = { "git.head": "abc", "git.author": "Jo" };
        assert.deepEqual(
            lastUp([
                at(end, "failed"),
                at(end, "succeeded", "destroy"),
                at("2026-11-02T00:00:00.000Z", "succeeded", "update", commit),
                old,
            ]),
            { at: "2026-11-02T00:00:00.000Z", commit: "abc", author: "Jo" },
        );
        assert.deepEqual(lastUp([old]), { at: "2026-11-01T00:00:00.000Z" });
        assert.equal(lastUp([at(end, "failed")]), undefined);
    });
});
