import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { backendFolder, deleteLeftovers, readBackend } from "../../../cli/engine/backendFiles";

describe("the files of a backend", () => {
    let folder = "";
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("are found by their URL, with or without options, or where pulumi login has put them", () => {
        assert.equal(backendFolder(folder, { PULUMI_BACKEND_URL: "file:///a/b?metadata=skip" }), "/a/b");
        assert.equal(
            backendFolder(folder, { PULUMI_BACKEND_URL: "file://~/state" }),
            path.join(os.homedir(), "state"),
        );
        assert.equal(backendFolder(folder, { PULUMI_BACKEND_URL: "s3://state" }), undefined);
        assert.equal(backendFolder(folder, { PULUMI_HOME: folder }), undefined);
        fs.writeFileSync(path.join(folder, "credentials.json"), JSON.stringify({ current: "file:///c" }));
        assert.equal(backendFolder(folder, { PULUMI_HOME: folder }), "/c");
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: p\nbackend: { url: 'file://state' }\n");
        assert.equal(backendFolder(folder, { PULUMI_HOME: folder }), path.join(folder, "state"));
        assert.equal(backendFolder(folder, { PULUMI_BACKEND_URL: "file:///a" }), "/a");
    });

    it("are none of a service's, to which a token alone leads as well", () => {
        const url = (env: NodeJS.ProcessEnv) => readBackend(folder, { PULUMI_HOME: folder, ...env }, "p").url;
        assert.equal(url({}), undefined);
        assert.equal(url({ PULUMI_ACCESS_TOKEN: "t" }), "https://api.pulumi.com");
        assert.equal(url({ PULUMI_ACCESS_TOKEN: "t", PULUMI_API: "https://own" }), "https://own");
        fs.writeFileSync(path.join(folder, "credentials.json"), JSON.stringify({ current: "s3://states" }));
        assert.equal(url({ PULUMI_ACCESS_TOKEN: "t" }), "s3://states");
        const facts = readBackend(folder, { PULUMI_BACKEND_URL: "https://api.pulumi.com" }, "p");
        assert.equal(facts.object("a"), undefined);
    });

    it("that can't be read are named, with the newest whole copy of a state", () => {
        const root = path.join(folder, ".pulumi");
        const write = (name: string, text: string, secondsAgo = 0) => {
            const file = path.join(root, name);
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, text);
            const written = new Date(Date.now() - secondsAgo * 1000);
            fs.utimesSync(file, written, written);
            return file;
        };
        const state = write("stacks/p/a.json", '{"version":');
        write("stacks/p/a.json.attrs", "{}");
        write("stacks/p/a.json.bak", "{", 10);
        const kept = write("history/p/a/a-2.checkpoint.json", "{}", 20);
        write("history/p/a/a-1.checkpoint.json", "{}", 30);
        const lost = write("stacks/p/b.json", "");
        const checksum = write("stacks/p/c.json.attrs", "");
        write("stacks/p/c.json", "{}");
        write("stacks/other/d.json", "");
        const lock = write("locks/organization/p/b/1.json", "");
        const unwritten = write("locks/organization/p/b/2.json.18eb.tmp", "");
        write("locks/organization/other/d/1.json", "");
        const facts = readBackend(folder, { PULUMI_BACKEND_URL: `file://${folder}` }, "p");
        assert.equal(facts.folder, folder);
        assert.deepEqual(
            [...facts.broken].sort((one, other) => one.file.localeCompare(other.file)),
            [
                { kind: "lock", file: lock, stack: "b", size: 0 },
                { kind: "lock", file: unwritten, stack: "b", size: 0 },
                { kind: "state", file: state, stack: "a", size: 11, backup: kept },
                { kind: "state", file: lost, stack: "b", size: 0 },
                { kind: "checksum", file: checksum, stack: "c", size: 0 },
            ],
        );
        assert.deepEqual(readBackend(folder, { PULUMI_BACKEND_URL: "s3://x" }, "p").broken, []);
    });

    it("lose their empty check sums and locks that could not be written, and nothing else", () => {
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
        const locks = path.join(folder, ".pulumi/locks/organization/p/ca");
        fs.mkdirSync(locks, { recursive: true });
        for (const name of ["1.json", "1.json.18eb.tmp"]) {
            fs.writeFileSync(path.join(locks, name), "");
            fs.utimesSync(path.join(locks, name), old, old);
        }
        // One that is being written at this moment.
        write("cluster2.json.attrs", "");
        assert.equal(deleteLeftovers(folder, { PULUMI_BACKEND_URL: `file://${folder}` }), 2);
        assert.deepEqual(fs.readdirSync(locks), ["1.json"]);
        assert.deepEqual(fs.readdirSync(stacks).sort(), ["ca.json", "ca.json.attrs", "cluster2.json.attrs"]);
    });
});
