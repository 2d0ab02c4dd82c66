import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { labPassphrase } from "../../lab/env";
import { environmentFolder } from "../../lib/mesh/environments";
import { binDir, checkoutDir, labDir, pulumiHomeLink } from "../../lab/paths";

/** How a command ended. */
export interface Ended {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
    /** Both outputs, in the order in which they came, without colours. */
    readonly text: string;
    /** Wall time, seconds. */
    readonly seconds: number;
}

export interface CommandOptions {
    readonly cwd?: string;
    /** Variables on top of this process's own; undefined removes one. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly input?: string;
    /** Seconds after which the command is killed with everything that it started. 120 by default. */
    readonly limitSeconds?: number;
}

/**
 * Runs a command to its end, whatever that is.
 *
 * @throws Error when it cannot be started, or takes longer than its limit
 */
export function runCommand(
    file: string,
    args: readonly string[],
    { cwd, env = {}, input = "", limitSeconds = 120 }: CommandOptions = {},
): Promise<Ended> {
    const began = Date.now();
    return new Promise((resolve, reject) => {
        // A process group of its own, so that what the command has started goes with it.
        const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, detached: true });
        const end = () => {
            if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        };
        const out = { stdout: "", stderr: "", text: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (chunk: string) => {
                out[stream] += chunk;
                out.text += chunk;
            });
        }
        const timer = setTimeout(() => {
            end();
            reject(
                new Error(
                    `${[file, ...args].join(" ")}: no end within ${limitSeconds} s.\n${out.text.slice(-4000)}`,
                ),
            );
        }, limitSeconds * 1000);
        process.once("exit", end);
        child.stdin.on("error", () => undefined);
        child.stdin.end(input);
        const ended = () => {
            clearTimeout(timer);
            process.removeListener("exit", end);
        };
        child.on("error", (error) => {
            ended();
            reject(error);
        });
        child.on("close", (code) => {
            ended();
            resolve({
                code: code ?? 128,
                stdout: out.stdout,
                stderr: out.stderr,
                text: out.text.replace(/\u001b\[[0-9;]*m/g, ""),
                seconds: (Date.now() - began) / 1000,
            });
        });
    });
}

/** What `pulumi preview --json` says about one resource. */
export interface PlannedStep {
    readonly op: string;
    readonly urn: string;
    readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
    readonly diffReasons?: readonly string[] | null;
}

/** `OP TYPE NAME` of each step that changes something, sorted. */
export function changesOf({ stdout }: Ended): readonly string[] {
    const { steps = [] } = JSON.parse(stdout) as { readonly steps?: readonly PlannedStep[] };
    return steps
        .filter(({ op }) => op !== "same" && op !== "read")
        .map(({ op, urn }) => `${op} ${typeOf(urn)} ${nameOf(urn)}`)
        .sort();
}

/** Type token of a resource, without the types of its parents. */
export function typeOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** Name of a resource. */
export function nameOf(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

/** One resource in `pulumi stack export`. */
export interface StateResource {
    readonly urn: string;
    readonly outputs?: Record<string, unknown>;
}

/** What `pulumi stack export` gives, as far as it is used. */
export interface State {
    readonly deployment: { readonly resources?: readonly StateResource[] };
}

/** Sources of the program and of the mesh command. */
const sources = [
    ...[
        "Pulumi.yaml",
        "package.json",
        "tsconfig.json",
        "load.js",
        "program.js",
        "spared.js",
        "index.ts",
        "config.ts",
        "outputs.ts",
    ],
    ...["stacks", "components", "lib", "kube", "files", "handover", "cli", "policy"],
];

/**
 * A copy of this project in a temporary folder, with a Pulumi backend of its own, so that a test changes neither the
 * checkout's stack files nor its stacks.
 */
export class TemporaryProject {
    readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    /** Folder of the Pulumi backend: state, history and backups of all stacks. */
    readonly backend = path.join(this.folder, ".pulumi-state");
    /** Everything that the commands of this project have written so far. */
    transcript = "";

    /** Variables for every command. */
    env: Readonly<Record<string, string | undefined>>;

    constructor() {
        fs.mkdirSync(this.backend);
        this.useSources();
        fs.symlinkSync(path.join(checkoutDir, "node_modules"), path.join(this.folder, "node_modules"));
        // Kubeconfigs and charts, which the committed stack files name.
        fs.symlinkSync(labDir, path.join(this.folder, ".lab"));
        const { PATH = "", PULUMI_HOME } = process.env;
        this.env = {
            PATH: PATH.split(path.delimiter).includes(binDir) ? PATH : `${binDir}${path.delimiter}${PATH}`,
            PULUMI_HOME:
                PULUMI_HOME ?? (fs.existsSync(pulumiHomeLink) ? fs.realpathSync(pulumiHomeLink) : undefined),
            PULUMI_BACKEND_URL: `file://${this.backend}`,
            // The committed stack files hold the salt that belongs to it.
            PULUMI_CONFIG_PASSPHRASE: labPassphrase,
            PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
    }

    /**
     * Takes the program and the mesh command as they are in the checkout, or as they were in a commit. Stack files and state
     * stay.
     */
    useSources(commit?: string): void {
        for (const source of sources) {
            const to = path.join(this.folder, source);
            fs.rmSync(to, { recursive: true, force: true });
            if (commit === undefined) fs.cpSync(path.join(checkoutDir, source), to, { recursive: true });
        }
        if (commit === undefined) return;
        const git = (args: readonly string[]) =>
            execFileSync("git", ["-C", checkoutDir, ...args], { maxBuffer: 2 ** 28 });
        const then = git(["ls-tree", "--name-only", commit]).toString().split("\n");
        const archive = git(["archive", commit, "--", ...sources.filter((each) => then.includes(each))]);
        execFileSync("tar", ["-x", "-C", this.folder], { input: archive });
    }

    /** Keeps states elsewhere than in {@link backend}. */
    useBackend(variables: Readonly<Record<string, string>>): void {
        this.env = { ...this.env, ...variables };
    }

    /** The variable of the environment, with its value, by which every process of this project's runs is known. */
    get backendVariable(): string {
        return `PULUMI_BACKEND_URL=${this.env["PULUMI_BACKEND_URL"] ?? ""}`;
    }

    /** Copies a stack file of the checkout. */
    useCommittedStack(stack: string): void {
        const name = `Pulumi.${stack}.yaml`;
        fs.copyFileSync(path.join(checkoutDir, name), path.join(this.folder, name));
    }

    /**
     * Writes a stack's configuration; keys are given without the project's name. The stack's salt is kept.
     *
     * @param environment the one whose folder the file is in; the project's own by default
     */
    configure(stack: string, config: Readonly<Record<string, unknown>>, environment?: string): void {
        const file = this.stackFile(stack, environment);
        const salt = fs.existsSync(file)
            ? /^encryptionsalt:.*\n/m.exec(fs.readFileSync(file, "utf8"))?.[0]
            : undefined;
        const full = Object.entries(config).map(
            ([key, value]) => [`istio-multicluster:${key}`, value] as const,
        );
        fs.writeFileSync(
            file,
            `${salt ?? ""}${stringify({ config: Object.fromEntries(full) }, { aliasDuplicateObjects: false })}`,
        );
    }

    /** Changes the text of a stack file. */
    edit(stack: string, change: (text: string) => string): void {
        const file = this.stackFile(stack);
        fs.writeFileSync(file, change(fs.readFileSync(file, "utf8")));
    }

    /** Runs a Pulumi command. */
    async pulumi(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
        return this.run("pulumi", [...args, "--non-interactive", "--color", "never"], options);
    }

    /** Runs a command of `mesh`. */
    async mesh(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
        // Versions until 2026-11-28 had no loader of their own.
        const loader = fs.existsSync(path.join(this.folder, "load.js")) ? ["load.js"] : ["--import", "tsx"];
        return this.run("node", [...loader, "cli/main.ts", ...args], options);
    }

    /** Runs any command in the project's folder and environment. */
    async run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
        const ended = await runCommand(file, args, {
            ...options,
            cwd: this.folder,
            env: { ...this.env, ...options.env },
        });
        this.transcript += `$ ${[file, ...args].join(" ")}\n${ended.text}`;
        return ended;
    }

    /** A stack's state; secrets are encrypted unless they are asked for. Kept out of the transcript. */
    async state(stack: string, secrets: "encrypted" | "plain" = "encrypted"): Promise<State> {
        const { stdout } = await this.quiet([
            ...["stack", "export", "--stack", stack],
            ...(secrets === "plain" ? ["--show-secrets"] : []),
        ]);
        return JSON.parse(stdout) as State;
    }

    /** Replaces a stack's state. */
    async importState(stack: string, state: State): Promise<void> {
        await this.quiet(["stack", "import", "--stack", stack], JSON.stringify(state));
    }

    /** A stack's outputs with their secrets. Kept out of the transcript. */
    async outputs<T>(stack: string, environment = "."): Promise<T> {
        const { stdout } = await this.quiet([
            ...["--cwd", environmentFolder(environment)],
            "stack",
            "output",
            "--json",
            "--show-secrets",
            "--stack",
            stack,
        ]);
        return JSON.parse(stdout) as T;
    }

    /** Text of every file of the Pulumi backend, by path. */
    stateFiles(): ReadonlyMap<string, string> {
        const files = fs
            .readdirSync(this.backend, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => path.join(entry.parentPath, entry.name));
        return new Map(
            files.map((file) => [path.relative(this.backend, file), fs.readFileSync(file, "utf8")]),
        );
    }

    /** Removes the copy and its state. */
    remove(): void {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private stackFile(stack: string, environment = "."): string {
        return path.join(this.folder, environmentFolder(environment), `Pulumi.${stack}.yaml`);
    }

    private async quiet(args: readonly string[], input = ""): Promise<Ended> {
        const ended = await runCommand("pulumi", [...args, "--non-interactive"], {
            cwd: this.folder,
            env: this.env,
            input,
        });
        if (ended.code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${ended.stderr}`);
        return ended;
    }
}

/**
 * The private keys of a state whose secrets are in plain text, PEM and PKCS 8, with the names of their resources. A third
 * copy, in OpenSSH's format, is left out, because it has the public key in it too, which is no secret.
 */
export function privateKeys({ deployment }: State): readonly (readonly [string, string])[] {
    return (deployment.resources ?? [])
        .filter(({ urn }) => typeOf(urn) === "tls:index/privateKey:PrivateKey")
        .flatMap(({ urn, outputs = {} }) =>
            [outputs["privateKeyPem"], outputs["privateKeyPemPkcs8"]].map(
                (value) =>
                    [nameOf(urn), JSON.parse((value as { plaintext: string }).plaintext) as string] as const,
            ),
        );
}

/**
 * The parts of a PEM private key by which a leak of it can be found in any text: its lines, which are the same whether
 * their ends are written as line ends or escaped, and the whole as Kubernetes writes secrets. Lines that hold nothing but
 * the public key, or are short enough to stand elsewhere by chance, are left out.
 */
export function keyTraces(privateKey: string): readonly string[] {
    const { n = "", x = "", y = "" } = createPrivateKey(privateKey).export({ format: "jwk" });
    const publicPart = Buffer.concat([n, x, y].map((part) => Buffer.from(part, "base64url")));
    const lines = privateKey
        .split("\n")
        .filter((line) => line.length >= 40 && !line.startsWith("-----"))
        .filter((line) => !publicPart.includes(Buffer.from(line, "base64").subarray(8, 24)));
    return [...lines, Buffer.from(privateKey).toString("base64").slice(0, 80)];
}
