import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkoutDir } from "../../lab/paths";
import { runCommand } from "../support/engine";
import { GithubApi } from "../support/githubApi";

const stackText = (more = "") =>
    `config:\n  istio-multicluster:cluster: { kubeconfig: kube, context: one }\n  istio-multicluster:exports: []\n${more}`;
const imports = "  istio-multicluster:imports: [{ service: a, namespace: n, from: two }]\n";

/** A stand-in for `mesh`: it prints what the test has laid down as its answer, and notes what it was asked. */
const standInMesh = `
const fs = require("node:fs");
fs.appendFileSync("asked.txt", process.argv.slice(3).join(" ") + " " + (process.env.KUBECONFIG ? fs.readFileSync(process.env.KUBECONFIG, "utf8") : "-") + "\\n");
const isAboutAll = !process.argv.includes("--clusters");
const file = process.argv.includes("--refresh") ? "refreshed.json" : isAboutAll && fs.existsSync("failed.json") ? "failed.json" : "answer.json";
process.exitCode = file === "failed.json" ? 1 : 0;
process.stdout.write(fs.readFileSync(file, "utf8"));
`;

describe("the jobs of the workflows", function () {
    this.timeout(60_000);
    let root: string;
    let checkout: string;
    let api: GithubApi;
    let url: string;
    let head: string;

    const git = (folder: string, ...args: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
            cwd: folder,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
        }).trim();

    /** Makes a pull request of some files over the default branch, and checks the default branch out. */
    function pullRequest(files: Readonly<Record<string, string>>, number = 7): void {
        const origin = path.join(root, "origin");
        git(origin, "checkout", "-q", "-B", "change", "main");
        for (const [name, content] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(origin, name)), { recursive: true });
            fs.writeFileSync(path.join(origin, name), content);
        }
        git(origin, "add", "-A");
        git(origin, "commit", "-qm", "change");
        head = git(origin, "rev-parse", "HEAD");
        git(origin, "update-ref", `refs/pull/${number}/head`, head);
        git(origin, "checkout", "-q", "main");
        api.pulls = [{ number, branch: "acme:change", head }];
    }

    beforeEach(async () => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-ci-"));
        const origin = path.join(root, "origin");
        fs.mkdirSync(origin);
        git(origin, "init", "-q", "-b", "main");
        fs.writeFileSync(path.join(origin, "Pulumi.yaml"), "name: istio-multicluster\nruntime: nodejs\n");
        fs.writeFileSync(path.join(origin, "Pulumi.one.yaml"), stackText());
        git(origin, "add", "-A");
        git(origin, "commit", "-qm", "start");
        checkout = path.join(root, "checkout");
        git(root, "clone", "-q", origin, checkout);
        fs.writeFileSync(path.join(checkout, "load.js"), standInMesh);
        fs.mkdirSync(path.join(root, "temp"));
        api = new GithubApi();
        url = await api.start();
    });
    afterEach(() => {
        api.stop();
        fs.rmSync(root, { recursive: true, force: true });
    });

    /** Runs a step as a job does. */
    const run = (args: string, variables: Readonly<Record<string, string>> = {}) =>
        runCommand(path.join(checkoutDir, "ci/run"), args.split(" "), {
            env: {
                CI_FOLDER: checkout,
                GITHUB_API_URL: url,
                GITHUB_REPOSITORY: "acme/mesh",
                GITHUB_TOKEN: "token",
                GITHUB_STEP_SUMMARY: path.join(root, "summary.md"),
                RUNNER_TEMP: path.join(root, "temp"),
                REVIEW_KEY: "k".repeat(32),
                BRANCH: "acme:change",
                HEAD: head,
                ...variables,
            },
        });

    /** What `mesh preview` answers. */
    function answer(name: "answer" | "refreshed", ...objects: readonly string[]): void {
        const planned = objects.map((object) => ({
            ...{
                op: "create",
                type: "kubernetes:core/v1:Service",
                name: object,
                properties: [],
                mayStay: false,
            },
        }));
        const changes = { created: planned.length, updated: 0, replaced: 0, deleted: 0, same: 3 };
        const report = { stack: "one", changes, planned, interrupted: false, warnings: [] };
        fs.writeFileSync(path.join(checkout, `${name}.json`), JSON.stringify([report]));
    }

    const asked = () => fs.readFileSync(path.join(checkout, "asked.txt"), "utf8");

    it("preview what a pull request changes of imports, and comment once", async () => {
        pullRequest({ "Pulumi.one.yaml": stackText(imports) });
        // A comment on the third page, and one of somebody else with the mark.
        api.add(7, "mallory", "<!-- istio-multicluster: mesh preview -->\nlooks good");
        for (let index = 0; index < 230; index++) api.add(7, "somebody", `comment ${index}`);
        answer("answer", "a");
        assert.match((await run("take")).text, /^Taken: Pulumi\.one\.yaml$/m);
        assert.equal(fs.readFileSync(path.join(checkout, "Pulumi.one.yaml"), "utf8"), stackText(imports));
        assert.equal((await run("preview", { KUBECONFIG_CONTENT: "a kubeconfig" })).code, 0);
        assert.equal(asked(), "preview --json a kubeconfig\n");
        assert.deepEqual(fs.readdirSync(path.join(root, "temp")), ["istio-multicluster-preview.json"]);
        assert.match((await run("comment")).text, /^The comment is written\.$/m);
        assert.match((await run("comment")).text, /^The comment is as before\.$/m);
        answer("answer", "a", "b");
        await run("preview");
        assert.match((await run("comment")).text, /^The comment is changed\.$/m);
        const own = api.comments.filter(({ user }) => user === api.login);
        assert.equal(own.length, 1);
        assert.match(
            own[0]?.body ?? "",
            new RegExp(`^<!-- [^>]*-->\nFor commit ${head.slice(0, 12)}:\n\n\\*\\*mesh up would change one`),
        );
        assert.equal(api.comments[0]?.body, "<!-- istio-multicluster: mesh preview -->\nlooks good");
    });

    it("apply what was reviewed, and nothing else", async () => {
        pullRequest({ "Pulumi.one.yaml": stackText(imports) });
        answer("answer", "a", "b");
        for (const step of ["take", "preview", "comment"]) assert.equal((await run(step)).code, 0);
        const commit = "c".repeat(40);
        const merged = { COMMIT: commit };
        api.pulls = [{ number: 7, branch: "acme:change", head, merged: commit }];
        assert.match((await run("check", merged)).text, /^As reviewed in pull request 7\.$/m);
        // An update that ended half-way has less to do.
        answer("answer", "b");
        await run("preview");
        assert.equal((await run("check", merged)).code, 0);
        answer("answer", "b", "sneaked");
        await run("preview");
        const other = await run("check", merged);
        assert.equal(other.code, 4);
        assert.match(
            other.text,
            /was not foreseen in pull request 7:\n- one: create Service sneaked\nNothing was applied\./,
        );
        // Led on: a person names exactly this commit.
        assert.equal((await run("check", { ...merged, APPROVED: commit })).code, 0);
        assert.equal((await run("check", { ...merged, APPROVED: "d".repeat(40) })).code, 4);
        // The signature is of another key.
        assert.equal((await run("check", { ...merged, REVIEW_KEY: "x".repeat(32) })).code, 4);
        // The head moved after the preview.
        api.pulls = [{ number: 7, branch: "acme:change", head: "e".repeat(40), merged: commit }];
        assert.match((await run("check", merged)).text, /is not of its last commit eeeeeeeeeeee/);
        // A commit that came with no pull request.
        assert.match((await run("check", { COMMIT: "f".repeat(40) })).text, /came with no pull request/);
    });

    it("leave a cluster out that does not answer, and say so in the end", async () => {
        const report = (stack: string, failure?: object) => ({
            ...{ stack, planned: [], interrupted: false, warnings: [] },
            ...(failure && { failure: { messages: ["no answer"], nextStep: "", ...failure } }),
        });
        const failed = (failure: object) => {
            const reports = [report("ca"), report("one"), report("two", failure)];
            fs.writeFileSync(path.join(checkout, "failed.json"), JSON.stringify(reports));
        };
        const others = JSON.stringify([report("ca"), report("one")]);
        fs.writeFileSync(path.join(checkout, "answer.json"), others);
        failed({ unreachable: true });
        const previewed = await run("preview");
        assert.equal(previewed.code, 0, previewed.text);
        assert.match(previewed.text, /^Nothing is known of two: no answer\./m);
        const applied = await run("up");
        assert.equal(applied.code, 1);
        assert.equal(asked(), "preview --json -\npreview --json --clusters one -\nup --clusters one -\n");
        assert.match(applied.text, /The others are applied, and two is not: no answer\. Run this job again/);
        // What is wrong with a file, or with a policy, holds up everybody.
        fs.rmSync(path.join(checkout, "asked.txt"));
        failed({});
        assert.equal((await run("preview")).code, 1);
        assert.equal(asked(), "preview --json -\n");
    });

    it("undo what was changed by hand where they are told so", async () => {
        answer("refreshed", "a");
        const variables = { REFRESH: "true" };
        for (const step of ["preview", "up"]) assert.equal((await run(step, variables)).code, 0);
        assert.equal(asked(), "preview --refresh --json -\nup --refresh -\n");
    });

    it("take no comment of somebody else's for a review", async () => {
        pullRequest({ "Pulumi.one.yaml": stackText(imports) });
        answer("answer", "a");
        for (const step of ["take", "preview", "comment"]) await run(step);
        const commit = "c".repeat(40);
        api.pulls = [{ number: 7, branch: "acme:change", head, merged: commit }];
        const [own] = api.comments;
        assert.ok(own !== undefined);
        api.comments.splice(0, 1, { ...own, user: "mallory" });
        assert.equal((await run("check", { COMMIT: commit })).code, 4);
    });

    it("wait for a person where anything else changes, and then run no code of it either", async () => {
        pullRequest({
            "index.ts": "steal()",
            "Pulumi.one.yaml": stackText().replace("context: one", "context: x"),
        });
        answer("answer");
        const taken = await run("take");
        assert.equal(taken.code, 3);
        assert.match(
            taken.text,
            /- Pulumi\.one\.yaml changes istio-multicluster:cluster\.\n- index\.ts is neither/,
        );
        assert.equal(fs.readFileSync(path.join(checkout, "Pulumi.one.yaml"), "utf8"), stackText());
        await run("comment");
        assert.match(
            api.comments[0]?.body ?? "",
            /A person has to look at this pull request before it is previewed/,
        );
        const approved = await run("take", { APPROVED: head });
        assert.match(approved.text, /^Taken: Pulumi\.one\.yaml\nNot taken, and not run: index\.ts$/m);
        assert.equal(fs.existsSync(path.join(checkout, "index.ts")), false);
        // Approved was another commit.
        assert.equal((await run("take", { APPROVED: "a".repeat(40) })).code, 3);
    });

    it("take no link and no submodule, approved or not", async () => {
        const origin = path.join(root, "origin");
        pullRequest({ "Pulumi.one.yaml": stackText(imports) });
        git(origin, "checkout", "-q", "change");
        fs.mkdirSync(path.join(origin, "teams"));
        fs.symlinkSync("../../kubeconfig", path.join(origin, "teams/shop.yaml"));
        git(origin, "add", "-A");
        // A submodule is the hash of another repository's commit; nothing of it has to be there.
        git(origin, "update-index", "--add", "--cacheinfo", `160000,${head},teams/stolen.yaml`);
        git(origin, "commit", "-qm", "link and submodule");
        head = git(origin, "rev-parse", "HEAD");
        git(origin, "update-ref", "refs/pull/7/head", head);
        git(origin, "checkout", "-q", "main");
        api.pulls = [{ number: 7, branch: "acme:change", head }];
        const waits = await run("take");
        assert.equal(waits.code, 3);
        assert.match(
            waits.text,
            /\n- teams\/shop\.yaml is not a plain file\.\n- teams\/stolen\.yaml is not a plain file\.\n/,
        );
        assert.equal(fs.readFileSync(path.join(checkout, "Pulumi.one.yaml"), "utf8"), stackText());
        const approved = await run("take", { APPROVED: head });
        assert.equal(approved.code, 0);
        assert.match(
            approved.text,
            /^Taken: Pulumi\.one\.yaml\nNot taken, and not run: teams\/shop\.yaml, teams\/stolen\.yaml$/m,
        );
        assert.equal(fs.existsSync(path.join(checkout, "teams")), false);
    });

    it("take what merging would give, and say where that can't be", async () => {
        pullRequest({ "Pulumi.one.yaml": stackText(imports) });
        const origin = path.join(root, "origin");
        fs.writeFileSync(
            path.join(origin, "Pulumi.one.yaml"),
            stackText("  istio-multicluster:imports: []\n"),
        );
        git(origin, "commit", "-qam", "meanwhile");
        git(checkout, "pull", "-q");
        const conflict = await run("take");
        assert.equal(conflict.code, 1);
        assert.match(conflict.text, /can't be merged as it is: merge the default branch into it/);
    });

    it("keep one issue of what differs, and close it", async () => {
        const look = async () => {
            await run("look");
            return (await run("drift")).text.split("\n")[0];
        };
        answer("answer");
        answer("refreshed");
        assert.equal(await look(), "clean");
        assert.equal(api.issues.length, 0);
        answer("refreshed", "edited");
        assert.equal(await look(), "drifted");
        assert.equal(await look(), "drifted");
        assert.equal(api.issues.length, 1);
        assert.match(api.issues[0]?.body ?? "", /Changed by hand[^]*- one: Service edited: create$/);
        answer("refreshed");
        assert.equal(await look(), "clean");
        assert.equal(api.issues[0]?.state, "closed");
    });

    it("refuse an environment that nobody has to approve", async () => {
        const open = await run("approval up");
        assert.equal(open.code, 1);
        assert.match(open.text, /^The environment "up" has no required reviewers/m);
        assert.equal((await run("approval up", { MESH_APPROVAL: "elsewhere" })).code, 0);
        api.reviewed = ["up"];
        assert.equal((await run("approval up")).code, 0);
    });

    it("say in a sentence what GitHub refuses", async () => {
        pullRequest({ "Pulumi.one.yaml": stackText(imports) });
        const said = async (status: number) => {
            api.fault = status;
            return (await run("take")).text.trim();
        };
        const refused = "GitHub refused to find the pull request of a branch";
        assert.equal(await said(401), `${refused} (401: the token is wrong or has expired).`);
        assert.equal(await said(404), `${refused} (404: it is not there, or the token may not see it).`);
        assert.match(await said(403), /\(403: the token may not do that, or too much was asked/);
        assert.match(await said(429), /\(429: too much was asked in a short time\)/);
        assert.match(await said(502), /\(502: it has a fault of its own; run the job again later\)/);
        assert.match(await said(500), /^GitHub could not be asked to find/);
        api.fault = undefined;
        answer("answer", "a");
        for (const step of ["take", "preview"]) assert.equal((await run(step)).code, 0);
        // As the token of a fork's pull request.
        api.tokens.set("token", { "pull-requests": "read" });
        assert.match(
            (await run("comment")).text,
            /refused to write a comment \(403: the token may not do that/,
        );
        api.tokens.set("token", { "pull-requests": "write" });
        // It asks to wait, and is asked again; not for ever, and not where it asks to wait for long.
        api.tooMany = 2;
        assert.match((await run("comment")).text, /^The comment is written\.$/m);
        api.tooMany = 99;
        assert.match((await run("comment")).text, /\(403: .*too much was asked in a short time\)/);
        api.retryAfter = 3600;
        const before = api.asked.length;
        await run("comment");
        assert.equal(api.asked.length, before + 1);
        api.tooMany = 0;
        const nowhere = { GITHUB_API_URL: "http://127.0.0.1:9" };
        assert.match((await run("comment", nowhere)).text, /^GitHub could not be asked to find/m);
        assert.match(
            (await run("comment", { GITHUB_TOKEN: "" })).text,
            /^The variable GITHUB_TOKEN is not set/m,
        );
        assert.match(
            (await run("comment", { REVIEW_KEY: "short" })).text,
            /REVIEW_KEY has less than 32 characters/,
        );
    });
});
