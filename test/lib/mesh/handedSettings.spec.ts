import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { handedLength, longestSettings } from "../../../lib/mesh/handedSettings";

describe("the settings that Pulumi hands to a program", () => {
    it("are as long as Linux lets one variable be", () => {
        const start = (length: number) =>
            spawnSync("true", { env: { PATH: process.env["PATH"], PULUMI_CONFIG: "x".repeat(length) } })
                .error;
        assert.equal(start(longestSettings), undefined);
        assert.match(String(start(longestSettings + 1)), /E2BIG/);
    });

    it("are texts in a JSON object", () => {
        assert.equal(
            handedLength({ exports: [{ service: "ä" }], text: "plain" }, "mesh"),
            Buffer.byteLength('{"mesh:exports":"[{\\"service\\":\\"ä\\"}]","mesh:text":"plain"}'),
        );
    });
});
