import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type CommandOptions, type Ended, runCommand, TemporaryProject } from "../support/engine";
import { FakeVault } from "../support/fakeVault";

/** Environments of one project, each with a file backend of its own and the same names of stacks. */
class Environments {
    readonly project = new TemporaryProject();
    /** Without the variable that would name one backend for all. */
    readonly env = { PULUMI_BACKEND_URL: undefined };

    add(name: string, { provider = "" } = {}): void {
        const folder = this.folder(name);
        fs.mkdirSync(path.join(folder, "state"), { recursive: true });
        fs.writeFileSync(
            path.join(folder, "Pulumi.yaml"),
            `name: istio-multicluster\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n` +
                `backend:\n  url: file://${path.join(folder, "state")}\n`,
        );
        fs.writeFileSync(
            path.join(folder, "Pulumi.ca.yaml"),
            `${provider === "" ? "" : `secretsprovider: ${provider}\n`}config:\n` +
                `  istio-multicluster:ca: { clusters: [one], protectRoot: false }\n`,
        );
        fs.writeFileSync(
            path.join(folder, "Pulumi.one.yaml"),
            `config:\n  istio-multicluster:cluster: { kubeconfig: nowhere, context: ${name} }\n`,
        );
    }

    folder(name: string): string {
        return path.join(this.project.folder, "environments", name);
    }

    /** Names of the files of an environment's backend that hold states. */
    states(name: string): readonly string[] {
        const folder = path.join(this.folder(name), "state/.pulumi/stacks/istio-multicluster");
        if (!fs.existsSync(folder)) return [];
        return fs.readdirSync(folder).filter((file) => file.endsWith(".json"));
    }

    /** Plain Pulumi in the environment's folder. */
    pulumi(name: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
        return runCommand("pulumi", [...args, "--non-interactive", "--color", "never"], {
            ...options,
            cwd: this.folder(name),
            env: { ...this.project.env, ...this.env, ...options.env },
        });
    }

    mesh(name: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
        return this.project.mesh(["--env", name, ...args], {
            ...options,
            env: { ...this.env, ...options.env },
        });
    }
}

const succeeded = (ended: Ended): Ended => {
    assert.equal(ended.code, 0, ended.text);
    return ended;
};

describe("environments with the real engine", function () {
    this.timeout(300_000);
    let all: Environments;
    beforeEach(() => {
        all = new Environments();
    });
    afterEach(() => {
        all.project.remove();
    });

    it("are told apart by their folders, by plain Pulumi and by mesh alike", async () => {
        all.add("dev");
        all.add("prod");
        succeeded(await all.pulumi("dev", ["stack", "init", "ca"]));
        const up = succeeded(await all.pulumi("dev", ["up", "--yes", "--skip-preview", "--stack", "ca"]));
        assert.match(up.text, /\+ 8 created/);
        assert.deepEqual(all.states("dev"), ["ca.json"]);
        assert.deepEqual(all.states("prod"), []);

        // The clusters are nowhere, of which only their own stacks speak.
        const seen = await all.mesh("dev", ["preview"]);
        assert.match(seen.text, /^ca: no change$/m);
        const made = await all.mesh("prod", ["up"]);
        assert.match(made.text, /^ca +5 +0/m);
        assert.deepEqual(all.states("prod"), ["ca.json", "one.json"]);
        assert.match(made.text, /run "npm run mesh -- --env prod up" again/);

        const none = await all.project.mesh(["up"], { env: all.env });
        assert.equal(none.code, 1);
        assert.match(
            none.text,
            /command names none of them: dev, prod, and "\." for the project's own folder/,
        );
    });

    it("are spoken of with files and commands that are right where the user stands", async () => {
        all.add("dev");
        await all.mesh("dev", ["up"]);
        const file = path.join(all.folder("dev"), "Pulumi.ca.yaml");
        const text = fs.readFileSync(file, "utf8");
        fs.writeFileSync(file, text.replace(/^config:\n/m, "$&  istio-multicluster:mistake: 1\n"));
        const { folder } = all.project;
        for (const [stands, way] of [
            [folder, "environments/dev/"],
            [path.join(folder, "docs"), "../environments/dev/"],
            [all.folder("dev"), ""],
        ] as const) {
            fs.mkdirSync(stands, { recursive: true });
            // As npm starts it, wherever it was typed.
            const refused = await all.mesh("dev", ["preview"], { env: { INIT_CWD: stands } });
            assert.ok(refused.text.includes(`"ca" (${way}Pulumi.ca.yaml) has 1 problem`), refused.text);
            assert.ok(refused.text.includes(`correct it in ${way}Pulumi.one.yaml`), refused.text);
            const named = /\S*Pulumi\.one\.yaml/g;
            for (const [name] of refused.text.matchAll(named))
                assert.ok(fs.existsSync(path.join(stands, name)), `${name} from ${stands}`);
        }
    });

    it("have commands printed that work where the user stands", async () => {
        all.add("dev");
        const file = path.join(all.folder("dev"), "Pulumi.ca.yaml");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(", protectRoot: false", ""));
        await all.mesh("dev", ["up"]);
        const { folder } = all.project;
        for (const stands of [all.folder("dev"), path.join(folder, "docs"), folder]) {
            fs.mkdirSync(stands, { recursive: true });
            const env = { ...all.project.env, ...all.env, INIT_CWD: stands };
            const refused = await all.mesh("dev", ["destroy"], { env: { INIT_CWD: stands } });
            const [command = ""] =
                /pulumi [^;,]*state unprotect --all --yes --stack ca/.exec(refused.text) ?? [];
            assert.notEqual(command, "", refused.text);
            succeeded(await runCommand("sh", ["-ec", command], { cwd: stands, env }));
            await all.mesh("dev", ["up"]);
        }
    });

    it("are refused where two have a stack or a cluster in common, by mesh and by the program itself", async () => {
        all.add("dev");
        all.add("prod");
        const one = { PULUMI_BACKEND_URL: all.project.env["PULUMI_BACKEND_URL"] };
        const shared =
            /environments\/dev\/Pulumi\.ca\.yaml and environments\/prod\/Pulumi\.ca\.yaml are files of one and the same stack, since both environments keep their state at file:\/\/.*, which PULUMI_BACKEND_URL names; unset/;
        for (const command of ["up", "destroy"]) {
            const ended = await all.mesh("dev", [command], { env: one });
            assert.equal(ended.code, 1);
            assert.match(ended.text, shared);
        }
        succeeded(await all.pulumi("dev", ["stack", "init", "ca"], { env: one }));
        const plain = await all.pulumi("dev", ["up", "--yes", "--stack", "ca"], { env: one });
        assert.notEqual(plain.code, 0);
        assert.match(plain.text, shared);

        const file = path.join(all.folder("dev"), "Pulumi.one.yaml");
        const text = fs.readFileSync(file, "utf8");
        fs.writeFileSync(
            file,
            text.replace("nowhere", "../prod/nowhere").replace("context: dev", "context: prod"),
        );
        const ended = await all.mesh("dev", ["preview"]);
        assert.match(
            ended.text,
            /cluster is context prod of environments\/prod\/nowhere, and so it is in environments\/prod\/Pulumi\.one\.yaml;/,
        );
    });

    it("have their secrets encrypted by the key that the certificate stack's file names, and by no other", async () => {
        const vault = await FakeVault.start();
        try {
            all.add("dev", { provider: "hashivault://dev" });
            // A passphrase is at hand, which Pulumi would take by itself.
            const env = vault.env("dev");
            const made = await all.mesh("dev", ["up"], { env });
            assert.match(made.text, /^ca +5 +0/m);
            for (const stack of ["ca", "one"]) {
                const yaml = fs.readFileSync(path.join(all.folder("dev"), `Pulumi.${stack}.yaml`), "utf8");
                assert.match(yaml, /^secretsprovider: hashivault:\/\/dev$/m);
                assert.match(yaml, /^encryptedkey: /m);
                assert.doesNotMatch(yaml, /encryptionsalt/);
                const { text } = succeeded(
                    await all.pulumi("dev", ["stack", "export", "--stack", stack], { env }),
                );
                assert.match(text, /"url": "hashivault:\/\/dev"/);
            }
            const without = await all.mesh("dev", ["preview"], { env: vault.env() });
            assert.equal(without.code, 1);
            assert.match(without.text, /permission denied/);

            // A key of the cluster's own opens its state, and not that of the certificates, which it has to read.
            all.add("prod", { provider: "hashivault://root" });
            const file = path.join(all.folder("prod"), "Pulumi.one.yaml");
            fs.writeFileSync(file, `secretsprovider: hashivault://one\n${fs.readFileSync(file, "utf8")}`);
            await all.mesh("prod", ["up"], { env: vault.env("root", "one") });
            const own = { env: vault.env("one") };
            succeeded(await all.pulumi("prod", ["stack", "export", "--stack", "one"], own));
            const ended = await all.pulumi("prod", ["preview", "--stack", "one"], own);
            assert.match(
                ended.text,
                /The outputs of stack "ca" can't be read without the key that its secrets are encrypted by/,
            );
        } finally {
            vault.stop();
        }
    });

    it("have dynamic resources whose provider is loaded from the environment's folder", async () => {
        // Its provider does nothing when it is made.
        const { folder } = all.project;
        all.add("dev");
        fs.writeFileSync(
            path.join(folder, "index.ts"),
            `import { IstioLeftovers } from "./components/istioLeftovers";\n` +
                `new IstioLeftovers("leftovers", { kubeconfig: "nowhere", context: "none" });\n`,
        );
        const one = { env: { PULUMI_BACKEND_URL: all.project.env["PULUMI_BACKEND_URL"] } };
        const up = ["up", "--yes", "--skip-preview", "--stack", "one"];
        succeeded(await all.project.pulumi(["stack", "init", "one"]));
        assert.match(succeeded(await all.project.pulumi(up)).text, /\+ 2 created/);
        assert.match(succeeded(await all.project.pulumi(up)).text, /2 unchanged/);
        // It moves into an environment, with its state.
        fs.renameSync(path.join(folder, "Pulumi.one.yaml"), path.join(all.folder("dev"), "Pulumi.one.yaml"));
        assert.match(succeeded(await all.pulumi("dev", up, one)).text, /~ 1 updated\n +1 unchanged/);
        assert.match(succeeded(await all.pulumi("dev", up, one)).text, /2 unchanged/);
        const state = succeeded(await all.pulumi("dev", ["stack", "export", "--stack", "one"], one)).text;
        assert.match(state, /\.\.\/\.\.\/components\/istioLeftoversProvider\.ts/);
    });
});
