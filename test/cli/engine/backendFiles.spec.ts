import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { backendFolder, deleteEmptyChecksums } from "../../../cli/engine/backendFiles";

describe("the files of a backend", () => {
    let folder = "";
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("are found by their URL, with or without options, or where pulumi login has put them", () => {
        assert.equal(backendFolder({ PULUMI_BACKEND_URL: "file:///a/b?metadata=skip" }), "/a/b");
        assert.equal(
            backendFolder({ PULUMI_BACKEND_URL: "file://~/state" }),
            path.join(os.homedir(), "state"),
        );
        assert.equal(backendFolder({ PULUMI_BACKEND_URL: "s3://state" }), undefined);
        assert.equal(backendFolder({ PULUMI_HOME: folder }), undefined);
        fs.writeFileSync(path.join(folder, "credentials.json"), JSON.stringify({ current: "file:///c" }));
        assert.equal(backendFolder({ PULUMI_HOME: folder }), "/c");
    });

    it("lose their empty check sums, and nothing else", () => {
        const stacks = path.join(folder, ".pulumi/stacks/istio-multicluster");
        fs.mkdirSync(stacks, { recursive: true });
        const old = new Date(Date.now() - 60_000);
        const write = (name: string, text: string, written?: Date) => {
            fs.writeFileSync(path.join(stacks, name), text);
            if (written) fs.utimesSync(path.join(stacks, name), written, written);
        };
        write("ca.json", "", old);
        write("ca.json.attrs", "{}", old);
        write("cluster1.json.attrs", "", old);
        // One that is being written at this moment.
        write("cluster2.json.attrs", "");
        assert.equal(deleteEmptyChecksums({ PULUMI_BACKEND_URL: `file://${folder}` }), 1);
        assert.deepEqual(fs.readdirSync(stacks).sort(), ["ca.json", "ca.json.attrs", "cluster2.json.attrs"]);
    });
});
