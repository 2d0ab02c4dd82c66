import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { checkoutDir } from "../../lab/paths";

interface Job {
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly steps: readonly {
        readonly uses?: string;
        readonly run?: string;
        readonly env?: Readonly<Record<string, string>>;
        readonly with?: Readonly<Record<string, unknown>>;
    }[];
}

interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions: Readonly<Record<string, string>>;
    readonly concurrency: Readonly<Record<string, unknown>>;
    readonly jobs: Readonly<Record<string, Job>>;
}

const folder = path.join(checkoutDir, ".github/workflows");
const workflows = fs
    .readdirSync(folder)
    .map((name): [string, Workflow] => [
        name.replace(".yml", ""),
        parse(fs.readFileSync(path.join(folder, name), "utf8")) as Workflow,
    ]);
const jobs = workflows.flatMap(([workflow, content]) =>
    Object.entries(content.jobs).map(([name, job]) => ({ workflow, name, job, content })),
);

const secretsOf = (job: Job): readonly string[] => [
    ...new Set([...JSON.stringify(job).matchAll(/secrets\.(\w+)/g)].map(([, name = ""]) => name)),
];

describe("the workflows", () => {
    it("pin each action by a commit", () => {
        for (const { job } of jobs)
            for (const { uses } of job.steps) if (uses !== undefined) assert.match(uses, /@[0-9a-f]{40}$/);
    });

    it("leave no token in the checkout", () => {
        for (const { job } of jobs)
            for (const step of job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")))
                assert.equal(step.with?.["persist-credentials"], false);
    });

    it("hand no secret to a job that runs the code of a pull request", () => {
        for (const { workflow, job, content } of jobs)
            if ("pull_request" in content.on) assert.deepEqual(secretsOf(job), [], workflow);
    });

    it("hand secrets to jobs of an environment only, and to single steps", () => {
        for (const { workflow, job } of jobs) {
            if (secretsOf(job).length > 0) assert.notEqual(job.environment, undefined, workflow);
            assert.doesNotMatch(JSON.stringify(job.env ?? {}), /secrets\./, workflow);
        }
    });

    it("put nothing of an event into a shell", () => {
        for (const { workflow, job } of jobs)
            for (const { run } of job.steps) assert.doesNotMatch(run ?? "", /\$\{\{/, workflow);
    });

    it("hand on every variable of the repository that docs/pull-requests.md names", () => {
        const text = fs.readFileSync(path.join(checkoutDir, "docs/pull-requests.md"), "utf8");
        const named = [...text.matchAll(/`(MESH_[A-Z]+)`/g)].map(([, name = ""]) => name);
        assert.ok(named.includes("MESH_APPROVAL"));
        const asked = (job: Job, command: string) =>
            job.steps.some(({ run }) => run?.includes(command) === true);
        for (const name of named) assert.match(JSON.stringify(jobs), RegExp(`vars\\.${name}\\b`), name);
        for (const { workflow, job } of jobs.filter((each) => asked(each.job, "ci/run approval")))
            assert.ok("MESH_APPROVAL" in (job.env ?? {}), workflow);
    });

    it("are never cancelled where they write a state", () => {
        for (const [name, { concurrency }] of workflows)
            if (["up", "upkeep", "destroy", "drift", "preview"].includes(name))
                assert.equal(concurrency["cancel-in-progress"], false, name);
    });

    it("have what docs/pull-requests.md says of their jobs", () => {
        const text = fs.readFileSync(path.join(checkoutDir, "docs/pull-requests.md"), "utf8");
        const [, table = ""] = /<!-- jobs -->\n([^]*)<!-- \/jobs -->/.exec(text) ?? [];
        const rows = table
            .split("\n")
            .filter((line) => line.startsWith("| `"))
            .map((line) =>
                line
                    .split("|")
                    .map((cell) => cell.trim())
                    .slice(1, -1),
            );
        const expected = jobs
            .filter(({ workflow }) => workflow !== "ci")
            .map(({ workflow, name, job, content }) => [
                `\`${workflow}\` ${name}`,
                job.environment ?? "none",
                Object.entries(job.permissions ?? content.permissions)
                    .map(([what, right]) => `${what}: ${right}`)
                    .join(", "),
                secretsOf(job).join(", ") || "none",
            ]);
        const sorted = (all: readonly (readonly string[])[]) => [...all].map((row) => row.join(" | ")).sort();
        assert.deepEqual(sorted(rows), sorted(expected));
    });
});
