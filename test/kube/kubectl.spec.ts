import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { kubectl, KubectlError } from "../../kube/kubectl";

describe("kubectl", () => {
    const access = { kubeconfig: "somewhere", context: "one" };
    const before = process.env["PATH"];
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
        process.env["PATH"] = `${folder}${path.delimiter}${before ?? ""}`;
    });
    afterEach(() => {
        process.env["PATH"] = before;
        fs.rmSync(folder, { recursive: true });
    });

    const standIn = (script: string) => {
        fs.writeFileSync(path.join(folder, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };

    it("may end before it has read its input", async () => {
        // More than a pipe holds, so that some of it can't be written any more.
        const input = "x".repeat(4_000_000);
        standIn("echo 'Error from server (Forbidden): not you' >&2; exit 1");
        await assert.rejects(
            kubectl(access, ["create", "-f", "-"], { input }),
            (error) => error instanceof KubectlError && error.reason === "Forbidden",
        );
        standIn("echo done");
        assert.equal(await kubectl(access, ["create", "-f", "-"], { input }), "done\n");
    });

    it("reads nothing where there is no input", async () => {
        standIn("cat; echo done");
        assert.equal(await kubectl(access, ["get", "pods"]), "done\n");
    });
});
