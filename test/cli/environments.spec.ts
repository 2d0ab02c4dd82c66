import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PassThrough } from "node:stream";
import { CommandLine } from "../../cli/commandLine";
import { confirmProtected } from "../../cli/commands/destroy/confirm";
import { filesOf } from "../../cli/commands/diff";
import { environmentRows, environmentsText } from "../../cli/commands/envs";
import { environmentFiles } from "../../cli/commands/init";
import { chosenFolder, newFolder } from "../../cli/environments";
import { fileHints } from "../../cli/hints/fileHints";
import { loadMesh } from "../../cli/stackFiles";
import { placeOfFolder } from "../../files/environments";
import { typed } from "./samples";

const project = "name: p\nruntime: nodejs\n";

describe("the environments of a project", () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    const write = (file: string, text: string) => {
        fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        fs.writeFileSync(path.join(root, file), text);
    };
    const on = (env: string | undefined) => new CommandLine(env, "up", { refresh: true });
    const variable = process.env["PULUMI_BACKEND_URL"];

    beforeEach(() => {
        delete process.env["PULUMI_BACKEND_URL"];
        write("Pulumi.yaml", project);
        write("Pulumi.ca.yaml", "config:\n  p:ca: { clusters: [a], protectRoot: false }\n");
        write("Pulumi.a.yaml", "config:\n  p:cluster: { kubeconfig: k, context: c }\n");
    });
    afterEach(() => {
        if (variable !== undefined) process.env["PULUMI_BACKEND_URL"] = variable;
        for (const file of fs.readdirSync(root)) fs.rmSync(path.join(root, file), { recursive: true });
    });
    after(() => {
        fs.rmSync(root, { recursive: true });
    });

    it("need no name while there is none but the project's own folder", () => {
        assert.equal(chosenFolder(root, on(undefined)), root);
        assert.equal(chosenFolder(root, on(".")), root);
        write("environments/.git/HEAD", "");
        write("environments/README.md", "");
        assert.equal(chosenFolder(root, on(undefined)), root);
    });

    it("are chosen by name, and refused without one, or by one that is not there", () => {
        write("environments/dev/Pulumi.yaml", project);
        write("environments/staging/Pulumi.yaml", project);
        write("environments/empty/README.md", "");
        assert.equal(chosenFolder(root, on("dev")), path.join(root, "environments/dev"));
        assert.equal(chosenFolder(root, on(".")), root);
        const there = `dev, empty, staging, and "." for the project's own folder`;
        assert.throws(() => chosenFolder(root, on(undefined)), {
            message: `This project has environments, and the command names none of them: ${there}.`,
            nextStep: fileHints.chooseEnvironment(on(undefined), ["dev"]),
        });
        assert.throws(() => chosenFolder(root, on("stagin")), {
            message: `There is no environment "stagin"; there are ${there}.`,
            nextStep: fileHints.meantEnvironment(on("stagin"), "staging"),
        });
        assert.throws(() => chosenFolder(root, on("../prod")), {
            message: `There is no environment "../prod"; there are ${there}.`,
            nextStep: fileHints.environmentWithoutFolder(on("../prod")),
        });
        for (const path of ["environments/dev", "environments/dev/"])
            assert.throws(() => chosenFolder(root, on(path)), {
                nextStep: fileHints.meantEnvironment(on(path), "dev"),
            });
        assert.throws(() => chosenFolder(root, on("empty")), {
            message: 'Environment "empty" has no environments/empty/Pulumi.yaml.',
        });
    });

    it("are told from a clone that lies in a folder called so", () => {
        assert.deepEqual(placeOfFolder("/p/environments/dev"), { root: "/p", name: "dev" });
        write("environments/clone/program.js", "");
        const clone = path.join(root, "environments/clone");
        assert.deepEqual(placeOfFolder(clone), { root: clone, name: "." });
    });

    it("are made where they have a name that a folder can have", () => {
        assert.equal(newFolder(root, on("dev")), path.join(root, "environments/dev"));
        for (const env of [undefined, "."])
            assert.throws(() => newFolder(root, on(env)), {
                message: "mesh init writes the files of an environment, and the command names none.",
            });
        for (const env of ["..", "a/b", "-x", "a b"])
            assert.throws(() => newFolder(root, on(env)), {
                message: `"${env}" can't be the name of an environment, which is that of its folder.`,
            });
    });

    it("get a certificate stack of another name where theirs would be somebody else's", () => {
        const clusters = ["x", "y"].map((stack) => ({ stack, kubeconfig: "k", context: stack }));
        const folder = path.join(root, "environments/dev");
        const names = () => environmentFiles(root, folder, clusters).map(({ name }) => name);
        for (const { name, text } of environmentFiles(root, folder, clusters).slice(1))
            assert.match(
                text,
                /^# yaml-language-server: \$schema=..\/..\/schemas\/stack.schema.json\n# /,
                name,
            );
        const own = ["Pulumi.x.yaml", "Pulumi.y.yaml"];
        assert.deepEqual(names(), ["Pulumi.yaml", "Pulumi.dev-ca.yaml", ...own]);
        write("environments/dev/Pulumi.yaml", `${project}backend:\n  url: s3://dev\n`);
        assert.deepEqual(names(), ["Pulumi.yaml", "Pulumi.ca.yaml", ...own]);
        // A second time it keeps the name that it has.
        write("environments/dev/Pulumi.roots.yaml", "config:\n  p:ca: { clusters: [x, y] }\n");
        assert.deepEqual(names(), ["Pulumi.yaml", "Pulumi.roots.yaml", ...own]);
        const taken = [{ stack: "a", kubeconfig: "k", context: "a" }, ...clusters];
        assert.throws(() => environmentFiles(root, path.join(root, "environments/prod"), taken), {
            message: "Another environment has the same stack in the same backend: a.",
            nextStep: fileHints.ownBackend("environments/prod/Pulumi.yaml"),
        });
    });

    it("are refused by every command where they have a stack in common", () => {
        write("environments/dev/Pulumi.yaml", project);
        write("environments/dev/Pulumi.ca.yaml", "config:\n  p:ca: { clusters: [b] }\n");
        write("environments/dev/Pulumi.b.yaml", "config: {}\n");
        const folder = path.join(root, "environments/dev");
        assert.throws(() => loadMesh(folder, typed("destroy")), {
            message:
                "environments/dev/Pulumi.ca.yaml and Pulumi.ca.yaml are files of one and the same stack, since both environments " +
                "keep their state at what Pulumi is logged in to; give each environment a backend.url of its own in its " +
                "Pulumi.yaml, or rename one of the two.",
        });
        write("environments/dev/Pulumi.yaml", `${project}backend:\n  url: s3://dev\n`);
        assert.deepEqual(loadMesh(folder, typed("destroy")).clusters, ["b"]);
    });

    it("are listed from their files, with what is missing", () => {
        write("environments/dev/Pulumi.yaml", `${project}backend:\n  url: s3://me:secret@dev?region=x\n`);
        write(
            "environments/dev/Pulumi.ca.yaml",
            "secretsprovider: awskms://k\nconfig:\n  p:ca: { clusters: [b, c] }\n",
        );
        write("environments/empty/README.md", "");
        const rows = environmentRows(root);
        assert.deepEqual(rows, [
            {
                name: ".",
                folder: ".",
                certificateStacks: ["ca"],
                clusters: ["a"],
                isProtected: false,
                isIncomplete: false,
            },
            {
                name: "dev",
                folder: "environments/dev",
                certificateStacks: ["ca"],
                clusters: ["b", "c"],
                backend: "s3://dev",
                secretsProvider: "awskms://k",
                isProtected: true,
                isIncomplete: false,
            },
            {
                name: "empty",
                folder: "environments/empty",
                certificateStacks: [],
                clusters: [],
                isProtected: false,
                isIncomplete: true,
            },
        ]);
        const text = environmentsText(rows);
        assert.match(text, /^dev +environments\/dev +ca +b, c +s3:\/\/dev +awskms:\/\/k +yes$/m);
        assert.match(text, /\n\nempty has no environments\/empty\/Pulumi\.yaml\.$/);
    });

    it("are listed with what is wrong with a Pulumi.yaml, and then say nothing of protection", () => {
        write("environments/dev/Pulumi.yaml", "name: [\n");
        write("environments/dev/Pulumi.ca.yaml", "config:\n  p:ca: { clusters: [b] }\n");
        const problem =
            "environments/dev/Pulumi.yaml is not valid YAML: Flow sequence in block collection must be sufficiently " +
            "indented and end with a ] at line 2, column 1.";
        const rows = environmentRows(root);
        assert.equal(rows[1]?.problem, problem);
        const text = environmentsText(rows);
        assert.ok(text.endsWith(`\n\n${problem}`), text);
        assert.match(text, /^dev +environments\/dev +none +where Pulumi is logged in to +the backend's *$/m);
    });

    it("have files, and no folders that are called like them", () => {
        fs.rmSync(path.join(root, "Pulumi.a.yaml"));
        write("Pulumi.a.yaml/README.md", "");
        assert.throws(() => loadMesh(root, on(undefined)), {
            message: "Pulumi.ca.yaml lists clusters that have no stack file: Pulumi.a.yaml.",
        });
    });

    it("are named in what is said of their files", () => {
        write("environments/dev/Pulumi.yaml", `${project}backend:\n  url: s3://dev\n`);
        write("environments/dev/Pulumi.ca.yaml", "config:\n  p:ca: { clusters: [b] }\n");
        assert.throws(() => loadMesh(path.join(root, "environments/dev"), on("dev")), {
            message: "environments/dev/Pulumi.ca.yaml lists clusters that have no stack file: Pulumi.b.yaml.",
        });
    });

    it("are changed by their own files and by the program's, not by another's", () => {
        const changed = [
            "Pulumi.ca.yaml",
            "environments/dev/Pulumi.a.yaml",
            "environments/prod/Pulumi.yaml",
            "index.ts",
        ];
        assert.deepEqual(filesOf("dev", changed), ["Pulumi.a.yaml", "index.ts"]);
        assert.deepEqual(filesOf(".", changed), ["Pulumi.ca.yaml", "index.ts"]);
    });

    describe("of which one is protected", () => {
        const answer = async (text: string, { protectRoot = true, isTTY = true, env = "prod" } = {}) => {
            write("environments/prod/Pulumi.yaml", `${project}backend:\n  url: s3://prod\n`);
            write(
                "environments/prod/Pulumi.ca.yaml",
                `config:\n  p:ca: { clusters: [b], protectRoot: ${String(protectRoot)} }\n`,
            );
            const terminal = [new PassThrough(), new PassThrough()].map((stream) =>
                Object.assign(stream, { isTTY }),
            );
            const [input, output] = terminal;
            assert.ok(input && output);
            input.end(text);
            const mesh = { project: "p", ca: "ca", clusters: ["b"] };
            const command = new CommandLine(env, "destroy");
            await confirmProtected(path.join(root, "environments/prod"), mesh, command, { input, output });
            return String(output.read() ?? "");
        };

        it("ask for its name at a terminal before anything of it is deleted", async () => {
            assert.match(
                await answer("prod\n"),
                /prod is protected\. Type its name to delete what it holds: /,
            );
            for (const [text, said] of [
                ["dev\n", '"dev" is not "prod"'],
                ["y\n", '"y" is not "prod"'],
                ["\n", "no name was typed"],
                ["", "no name was typed"],
            ] as const)
                await assert.rejects(answer(text), { message: `Nothing was deleted: ${said}.` });
        });

        it("take the project's name for that of its own folder", async () => {
            assert.match(await answer("p\n", { env: "." }), /^p is protected\./);
        });

        it("ask nobody without a terminal, and for nothing that is not protected", async () => {
            assert.equal(await answer("", { isTTY: false }), "");
            assert.equal(await answer("", { protectRoot: false }), "");
        });
    });
});
