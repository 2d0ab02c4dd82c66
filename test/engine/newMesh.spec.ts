import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TemporaryProject } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { processesWith } from "../support/processes";
import { bareCluster, committedSettings, kubeadmDns, node, type Settings } from "../support/program";

const token = "token-of-the-kubeconfig";

/** Stacks that the backend does not know are previewed whole, and the backend does not come to know them by it. */
describe("the preview of a mesh that is not there, with the real engine", function () {
    this.timeout(300_000);
    const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "temporary-files-"));
    const env = { TMPDIR: temporary };
    let project: TemporaryProject;
    let api: FakeApi;

    before(async () => {
        api = await FakeApi.start();
        for (const [place, object] of Object.entries({ ...bareCluster(), ...kubeadmDns }))
            api.set(place, object);
        api.set("/api/v1/nodes", { items: [node("node", "192.0.2.7")] });
    });
    beforeEach(() => {
        project = new TemporaryProject();
        const text = fs.readFileSync(api.access.kubeconfig, "utf8");
        const given = JSON.parse(text) as { readonly contexts: readonly object[] };
        fs.writeFileSync(
            path.join(project.folder, "kubeconfig"),
            JSON.stringify({ ...given, users: [{ name: "fake", user: { token } }] }),
        );
        const { charts } = committedSettings("cluster1")["istio"] as Settings;
        project.configure("ca", { ca: { clusters: ["one"], protectRoot: false } });
        project.configure("one", {
            cluster: { kubeconfig: "kubeconfig", context: "fake" },
            istio: { charts, hub: "lab.local/istio", tag: "lab" },
        });
    });
    afterEach(() => {
        const variable = project.backendVariable;
        for (const { pid } of processesWith(variable)) process.kill(pid, "SIGKILL");
        project.remove();
    });
    after(async () => {
        await api.stop();
        fs.rmSync(temporary, { recursive: true });
    });

    const listing = () => [...project.stateFiles().keys()].sort();
    const stackFiles = () =>
        ["ca", "one"].map((stack) =>
            fs.readFileSync(path.join(project.folder, `Pulumi.${stack}.yaml`), "utf8"),
        );
    const left = () => fs.readdirSync(temporary);
    /** The fake tells Pulumi's provider too little for more than the beginning of a plan. */
    const planning = /helm\.sh\/v4:Chart resource 'istio-base' has a problem/;

    it("plans every stack, and leaves backend, stack files and temporary folder as they were", async () => {
        const before = [listing(), stackFiles(), left()];
        const ended = await project.mesh(["preview"], { env });
        assert.match(ended.text, /^ca: 5 to be created$/m);
        assert.match(ended.text, planning);
        assert.match(ended.text, /^Stack "one" is new: mesh up makes it\.$/m);
        assert.deepEqual([listing(), stackFiles(), left()], before);
        assert.deepEqual(before[0], []);
    });

    it("reads the states of the stacks that are there, beside one that is not", async () => {
        const { code, text } = await project.pulumi(["stack", "init", "ca"]);
        assert.equal(code, 0, text);
        const up = await project.pulumi(["up", "--yes", "--skip-preview", "--stack", "ca"]);
        assert.equal(up.code, 0, up.text);
        const before = [listing(), stackFiles(), left()];
        const ended = await project.mesh(["preview"], { env });
        assert.match(ended.text, /^ca: no change$/m);
        assert.match(ended.text, planning);
        // Its certificates are those of the copied state, which it can open.
        assert.doesNotMatch(ended.text, /certificate stack|can't be read/);
        assert.deepEqual([listing(), stackFiles(), left()], before);
    });

    it("leaves nothing behind when it is killed, and never a secret in the clear", async () => {
        const child = spawn("node", ["load.js", "cli/main.ts", "preview"], {
            cwd: project.folder,
            env: { ...process.env, ...project.env, ...env },
            stdio: "ignore",
        });
        const ended = new Promise((resolve) => child.once("close", resolve));
        const backend = () =>
            fs
                .readdirSync(temporary, { recursive: true, encoding: "utf8" })
                .filter((file) => /backend.*one\.json$/.test(file));
        for (let tries = 0; backend().length === 0; tries += 1) {
            assert.ok(tries < 600, "the copy has not been made");
            await pause(100);
        }
        await pause(3000);
        for (const file of fs.readdirSync(temporary, { recursive: true, encoding: "utf8" })) {
            const full = path.join(temporary, file);
            if (fs.statSync(full, { throwIfNoEntry: false })?.isFile() === true)
                assert.ok(!fs.readFileSync(full, "utf8").includes(token), file);
        }
        child.kill("SIGKILL");
        await ended;
        for (let tries = 0; left().length > 0; tries += 1) {
            assert.ok(tries < 600, `left: ${left().join(", ")}`);
            await pause(100);
        }
        assert.deepEqual(listing(), []);
    });
});
