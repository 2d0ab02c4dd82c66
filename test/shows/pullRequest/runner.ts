import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { binDir, pulumiHomeLink } from "../../../lab/paths";
import { runCommand } from "../../support/engine";
import { type Contexts, filledIn, holds } from "./expressions";

interface Step {
    readonly name?: string;
    readonly uses?: string;
    readonly run?: string;
    readonly if?: string;
    readonly env?: Readonly<Record<string, unknown>>;
    readonly with?: Readonly<Record<string, unknown>>;
}

/** A job of a workflow, as far as it is looked at. */
export interface Job {
    readonly if?: string;
    readonly needs?: string;
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, unknown>>;
    readonly steps: readonly Step[];
}

/** How a job ended. */
export interface Ran {
    /** `success`, `failure` or `skipped`, as GitHub calls it. */
    readonly conclusion: "success" | "failure" | "skipped";
    /** Name of the step that failed. */
    readonly failedAt?: string;
    /** Exit code of that step. */
    readonly code: number;
    readonly log: string;
    readonly summary: string;
    readonly seconds: number;
}

/** What a job is started with, beside its own text. */
export interface Start {
    readonly contexts: Contexts;
    /** URL of the repository. */
    readonly origin: string;
    /** Variables that GitHub's runners set. */
    readonly variables: Readonly<Record<string, string>>;
}

/** Told what is running and what it has written so far. */
export type OnStep = (name: string) => void;

/**
 * A stand-in for GitHub's runners: it runs a job's own lines, each in a fresh shell that has nothing in its environment but what
 * GitHub and the workflow give it, in a folder, with a home and with a folder for temporary files that no other job has seen. In the
 * place of actions it does what they would.
 */
export class Runner {
    private readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-runner-"));
    /** Where installed packages are kept; `INSTALLED=FOLDER` keeps them for later runs of the show. */
    private readonly packages = process.env["INSTALLED"] ?? this.root;
    private jobs = 0;

    /** What a runner's image has. */
    private readonly image: Readonly<Record<string, string>> = {
        PATH: [binDir, path.dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
        LANG: "C.UTF-8",
        // Plugins, which Pulumi would else download, and how this machine gets at packages.
        PULUMI_HOME: process.env["PULUMI_HOME"] ?? fs.realpathSync(pulumiHomeLink),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        NPM_CONFIG_USERCONFIG: path.join(os.homedir(), ".npmrc"),
        NPM_CONFIG_CACHE: path.join(os.homedir(), ".npm"),
    };

    /** Runs a job to its end. */
    async run(job: Job, start: Start, onStep: OnStep = () => undefined): Promise<Ran> {
        if (!holds(job.if, start.contexts))
            return { conclusion: "skipped", code: 0, log: "", summary: "", seconds: 0 };
        const began = Date.now();
        const places = this.places();
        const variables = { ...this.image, ...start.variables, ...places.variables };
        let log = "";
        let failed: { readonly failedAt: string; readonly code: number } | undefined;
        for (const step of job.steps) {
            const name = step.name ?? step.uses ?? step.run ?? "";
            if (failed !== undefined && step.if !== "always()") continue;
            if (!holds(step.if, start.contexts)) continue;
            onStep(name);
            const { code, text } =
                step.run === undefined
                    ? this.act(step, start, places.workspace)
                    : await this.shell(
                          step.run,
                          { ...variables, ...filled(job.env, start), ...filled(step.env, start) },
                          places.workspace,
                      );
            log += `## ${name}\n${text}`;
            if (code !== 0) failed ??= { failedAt: name, code };
        }
        const summary = fs.readFileSync(places.variables.GITHUB_STEP_SUMMARY, "utf8");
        fs.rmSync(places.folder, { recursive: true, force: true });
        const seconds = (Date.now() - began) / 1000;
        const conclusion = failed === undefined ? "success" : "failure";
        return { conclusion, code: 0, ...failed, log, summary, seconds };
    }

    remove(): void {
        fs.rmSync(this.root, { recursive: true, force: true });
    }

    private places() {
        const folder = path.join(this.root, `job-${++this.jobs}`);
        const at = (name: string) => path.join(folder, name);
        const workspace = at("work");
        for (const name of ["work", "home", "temp", "tmp"]) fs.mkdirSync(at(name), { recursive: true });
        fs.writeFileSync(at("summary.md"), "");
        return {
            folder,
            workspace,
            variables: {
                HOME: at("home"),
                TMPDIR: at("tmp"),
                RUNNER_TEMP: at("temp"),
                GITHUB_WORKSPACE: workspace,
                GITHUB_STEP_SUMMARY: at("summary.md"),
            },
        };
    }

    /** Does what an action does. Node.js and Pulumi are in the image. */
    private act({ uses = "", with: given = {} }: Step, { contexts, origin }: Start, workspace: string) {
        const [action = ""] = uses.split("@");
        const values = Object.fromEntries(
            Object.entries(given).map(([key, value]) => [key, filledIn(String(value), contexts)]),
        );
        if (action === "actions/checkout") checkOut(workspace, origin, contexts, values);
        else if (!["actions/setup-node", "pulumi/actions"].includes(action))
            throw new Error(`The stand-in does not know the action ${uses}.`);
        return { code: 0, text: "" };
    }

    /** Runs lines as GitHub does: by bash, which ends at the first that fails. */
    private async shell(lines: string, env: Readonly<Record<string, string>>, cwd: string) {
        const kept = this.installed(lines, cwd);
        if (kept !== undefined && fs.existsSync(kept)) {
            execFileSync("cp", ["-al", kept, path.join(cwd, "node_modules")]);
            return { code: 0, text: "" };
        }
        const clean = ["-i", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
        const ended = await runCommand("env", [...clean, "bash", "-e", "-c", lines], {
            cwd,
            limitSeconds: 600,
        });
        if (kept !== undefined && ended.code === 0)
            execFileSync("cp", ["-al", path.join(cwd, "node_modules"), kept]);
        return ended;
    }

    /**
     * Where what `npm ci` has installed is kept for the next job: it is run once for each content of its files, and the same
     * files are then there again.
     */
    private installed(lines: string, cwd: string): string | undefined {
        if (!lines.startsWith("npm ci")) return undefined;
        const hash = createHash("sha256").update(lines);
        for (const name of ["package.json", "package-lock.json"])
            hash.update(fs.readFileSync(path.join(cwd, name)));
        return path.join(this.packages, hash.digest("hex"));
    }
}

function filled(env: Job["env"], { contexts }: Start): Readonly<Record<string, string>> {
    return Object.fromEntries(
        Object.entries(env ?? {}).map(([name, value]) => [name, filledIn(String(value), contexts)]),
    );
}

/** What `actions/checkout` does: nothing but what was asked for is fetched. */
function checkOut(
    workspace: string,
    origin: string,
    { github }: Contexts,
    { ref, "fetch-depth": depth = "1" }: Readonly<Record<string, string>>,
): void {
    const { sha, default_branch: main } = github as Readonly<Record<string, string>>;
    const git = (...args: readonly string[]) =>
        execFileSync("git", [...args], { cwd: workspace, stdio: ["ignore", "ignore", "pipe"] });
    git("init", "-q", "-b", "unborn");
    git("remote", "add", "origin", origin);
    const wanted = ref === undefined || ref === "" ? (sha ?? "") : ref === main ? `refs/heads/${main}` : ref;
    if (depth === "0") git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", wanted);
    else git("fetch", "-q", "--depth=1", "origin", wanted);
    const commit = execFileSync("git", ["ls-remote", origin, wanted], { encoding: "utf8" }).split("\t")[0];
    git("checkout", "-q", "--force", commit === "" || commit === undefined ? wanted : commit);
}
