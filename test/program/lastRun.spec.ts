import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { record } from "../support/mocks";
import { lastRunWarning } from "../../stacks/lastRun";

const failed = { kind: "update", result: "failed" };
const succeeded = { kind: "update", result: "succeeded" };
const warning =
    "Of this stack, its last update failed or was stopped. Pulumi's state may not tell of what that had begun: if this run " +
    "is without --refresh, run it again with --refresh.";

describe("a program that plain Pulumi runs", () => {
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "last-run-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    /** What is warned of with a `pulumi` on PATH that answers with this, and the arguments that it was asked with. */
    async function warned(answer: string, env: NodeJS.ProcessEnv = {}) {
        fs.writeFileSync(
            path.join(folder, "pulumi"),
            `#!/bin/sh\necho "$@" > ${folder}/asked\ncat <<'END'\n${answer}\nEND\n`,
            { mode: 0o755 },
        );
        let said: string | undefined;
        await record(
            async () => {
                said = await lastRunWarning({ PATH: `${folder}:/usr/bin:/bin`, ...env });
                return {};
            },
            { stack: "cluster1" },
        );
        const file = path.join(folder, "asked");
        return { said, asked: fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : undefined };
    }

    it("warns that the last run did not come to a good end", async () => {
        const { said, asked } = await warned(JSON.stringify([failed, succeeded]));
        assert.equal(said, warning);
        assert.equal(
            asked,
            "stack history --stack organization/istio-multicluster/cluster1 --page-size 2 --json --non-interactive " +
                "--color never",
        );
    });

    it("looks past this very run, which Pulumi Cloud knows already", async () => {
        const current = { kind: "update", result: "in-progress" };
        assert.equal((await warned(JSON.stringify([current, failed]))).said, warning);
        assert.equal((await warned(JSON.stringify([current, succeeded]))).said, undefined);
    });

    it("says nothing after a good end, of a new stack, or where it can't know", async () => {
        for (const answer of [JSON.stringify([succeeded, failed]), "[]", "no JSON"])
            assert.equal((await warned(answer)).said, undefined);
    });

    it("asks nothing where mesh runs it", async () => {
        const { said, asked } = await warned(JSON.stringify([failed]), { MESH_COMMAND: "true" });
        assert.deepEqual([said, asked], [undefined, undefined]);
    });
});
