import assert from "node:assert/strict";
import { configMessage } from "../../../lib/base/problem";
import { parseConfig } from "../../../lib/config/parse";
import { refuses } from "../../refusals/sections";
import { services } from "../../refusals/services";
import { settings } from "../../refusals/settings";

describe("a stack file with one thing wrong", () => {
    for (const [section, cases] of [...Object.entries(settings), ...Object.entries(services)]) {
        describe(section, () => {
            for (const [cause, message, raw, stack = "cluster1"] of cases) {
                it(refuses(cause), () => {
                    const result = parseConfig(stack, raw);
                    assert.ok(result.kind === "invalid", "the settings are taken");
                    assert.equal(
                        configMessage(stack, result.problems),
                        `The configuration of stack "${stack}" (Pulumi.${stack}.yaml) has 1 problem:\n  - ${message}`,
                    );
                });
            }
        });
    }
});
