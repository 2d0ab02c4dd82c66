import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Ended, runCommand, TemporaryProject } from "../support/engine";
import { committedSettings, type Settings } from "../support/program";

/** The command after the last colon of the next step that a command of `mesh` has named. */
function nextStep({ text }: Ended): string {
    const found = /^Next: (.*)$/m.exec(text)?.[1];
    assert.ok(found !== undefined, text);
    return found;
}

describe("a mesh whose backend is a folder that is full, or broken", function () {
    this.timeout(300_000);
    const ca = "other-ca";
    const project = new TemporaryProject();
    const stacks = path.join(project.backend, ".pulumi/stacks/istio-multicluster");
    const filler = path.join(project.backend, "filler");
    let isMounted = false;

    const mesh = (...args: string[]) => project.mesh(["--env", ".", ...args]);
    /** Runs a command as it was printed. */
    const asPrinted = (command: string) => project.run("sh", ["-ec", command]);
    const succeeded = (ended: Ended): Ended => {
        assert.equal(ended.code, 0, ended.text);
        return ended;
    };

    before(async () => {
        succeeded(await runCommand("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", project.backend]));
        isMounted = true;
        const settings = committedSettings("ca")["ca"] as Settings;
        project.configure(ca, { ca: { ...settings, clusters: ["one"] } });
        project.configure("one", {
            cluster: { kubeconfig: "nowhere", context: "none" },
            mesh: { caStack: ca },
        });
    });
    after(async () => {
        if (isMounted) await runCommand("umount", ["-l", project.backend]);
        project.remove();
    });

    it("says that the disk is full, and goes on once there is room", async () => {
        // Writing ends where the disk does.
        fs.writeFileSync(filler, "");
        try {
            for (;;) fs.appendFileSync(filler, Buffer.alloc(4096));
        } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
        }
        const full = await mesh("up");
        assert.equal(full.code, 1);
        assert.match(full.text, /A disk is full: there is no space left on it\./);
        assert.match(full.text, /no space left on device/);
        assert.equal(
            nextStep(full),
            `Make room on the disk of ${project.backend}, then run "npm run mesh -- --env . up --refresh".`,
        );
        fs.rmSync(filler);
        // What Pulumi could not write is no lock of anybody: after two seconds it goes.
        await pause(2100);
        const again = await asPrinted(`npm run mesh -- --env . preview`);
        // Its cluster is nowhere, which the preview of the cluster says; that of the certificates goes through.
        assert.match(again.text, new RegExp(`^${ca}: 5 to be created$`, "m"));
        assert.doesNotMatch(again.text, /disk/);
    });

    it("says which lock is empty, and how it goes", async () => {
        succeeded(await project.pulumi(["stack", "init", ca]));
        const lock = path.join(project.backend, `.pulumi/locks/organization/istio-multicluster/${ca}/1.json`);
        fs.mkdirSync(path.dirname(lock), { recursive: true });
        fs.writeFileSync(lock, "");
        const locked = await mesh("up");
        assert.equal(locked.code, 1);
        assert.ok(locked.text.includes(`A lock of stack "${ca}" is empty: ${lock}`), locked.text);
        assert.match(locked.text, /unexpected end of JSON input/);
        const command = `pulumi cancel --yes --stack ${ca}`;
        assert.ok(nextStep(locked).endsWith(`: ${command}`));
        succeeded(await asPrinted(command));
        assert.match((await mesh("up")).text, new RegExp(`^${ca} +[1-9]\\d*`, "m"));
    });

    it("says which state is cut short and which copy is whole, and how to put that back", async () => {
        const file = path.join(stacks, `${ca}.json`);
        fs.truncateSync(file, 300);
        const broken = await mesh("preview", "--clusters", "one");
        assert.equal(broken.code, 1);
        assert.ok(
            broken.text.includes(`The state of stack "${ca}" is cut short, at 300 bytes: ${file}`),
            broken.text,
        );
        const next = nextStep(broken);
        const copy = /^(\S+) is the newest whole copy\./.exec(next)?.[1] ?? "";
        assert.ok(copy.startsWith(`${project.backend}/.pulumi/`), next);
        assert.ok(next.includes(`Put it back: cp ${copy} ${file}; rm -f ${file}.attrs. `), next);
        const restore = /Put it back: (.*)\. It may be/.exec(next)?.[1] ?? "";
        succeeded(await asPrinted(restore));
        const seen = await asPrinted(/differs with (.*), and set it right/.exec(next)?.[1] ?? "");
        assert.match(seen.text, new RegExp(`^${ca}: `, "m"));
        assert.doesNotMatch(seen.text, /cut short/);
    });
});
