import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TemporaryProject } from "../support/engine";
import { FakeApi } from "../support/fakeApi";
import { processesWith } from "../support/processes";
import { bareCluster, kubeadmDns, node } from "../support/program";

/** The kubeconfig's secrets: of the context in use, and of another one. */
const secrets = ["token-of-this-context", "token-of-another-context"];

describe("the folder for temporary files, with the real engine and its providers", function () {
    this.timeout(180_000);
    const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "temporary-files-"));
    const env = { TMPDIR: temporary };
    let project: TemporaryProject;
    let api: FakeApi;

    before(async () => {
        api = await FakeApi.start();
        const objects = { ...bareCluster(), ...kubeadmDns };
        for (const [place, object] of Object.entries(objects)) api.set(place, object);
        api.set("/api/v1/nodes", { items: [node("node", "192.0.2.7")] });
        project = new TemporaryProject();
        fs.writeFileSync(path.join(project.folder, "kubeconfig"), kubeconfig());
        project.configure("ca", { ca: { clusters: ["one"] } });
        project.configure("one", { cluster: { kubeconfig: "kubeconfig", context: "fake" } });
        for (const stack of ["ca", "one"]) {
            const { code, text } = await project.pulumi(["stack", "init", stack]);
            assert.equal(code, 0, text);
        }
    });

    after(async () => {
        await api.stop();
        // A Pulumi that is killed leaves its own plugins behind.
        const variable = project.backendVariable;
        for (const { pid } of processesWith(variable)) process.kill(pid, "SIGKILL");
        project.remove();
        fs.rmSync(temporary, { recursive: true });
    });

    /** The fake's kubeconfig with a token, and with a second context. */
    function kubeconfig(): string {
        const given = JSON.parse(fs.readFileSync(api.access.kubeconfig, "utf8")) as {
            readonly users: object[];
            readonly contexts: object[];
        };
        const [token, other] = secrets;
        return JSON.stringify({
            ...given,
            users: [
                { name: "fake", user: { token } },
                { name: "other", user: { token: other } },
            ],
            contexts: [...given.contexts, { name: "other", context: { cluster: "fake", user: "other" } }],
        });
    }

    /** Text of each file in the folder, by path. */
    function files(): ReadonlyMap<string, string> {
        const all = fs
            .readdirSync(temporary, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => path.join(entry.parentPath, entry.name));
        return new Map(all.map((file) => [path.relative(temporary, file), fs.readFileSync(file, "utf8")]));
    }

    function assertNoSecret(): void {
        for (const [file, text] of files())
            for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} is in ${file}`);
    }

    const providers = () =>
        [...files().keys()].filter((file) => path.basename(file).startsWith("kubeconfig"));

    it("has what the provider leaves there after plain Pulumi, and no key in it", async () => {
        await project.pulumi(["preview", "--stack", "one"], { env });
        assert.ok(providers().length > 0, "the provider has not left what it was given");
        assertNoSecret();
    });

    it("has no key of a run that was killed either", async () => {
        const before = providers().length;
        const child = spawn("pulumi", ["preview", "--stack", "one", "--non-interactive"], {
            cwd: project.folder,
            env: { ...process.env, ...project.env, ...env },
            stdio: "ignore",
        });
        const ended = new Promise((resolve) => child.once("close", resolve));
        for (let tries = 0; providers().length === before; tries += 1) {
            assert.ok(tries < 600, "the provider has not started");
            await pause(100);
        }
        child.kill("SIGKILL");
        await ended;
        assertNoSecret();
    });

    it("is as it was before, after a command of mesh", async () => {
        const before = [...files().keys()];
        await project.mesh(["preview"], { env });
        const after = [...files().keys()].filter((file) => !before.includes(file));
        assert.deepEqual(after, []);
        assertNoSecret();
    });
});
