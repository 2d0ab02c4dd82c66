import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { diffExitCode, meshDiff } from "../../../cli/commands/diff";
import { logText, meshLog } from "../../../cli/commands/log";
import { meshOwners, ownersText } from "../../../cli/commands/owners";
import { escaped } from "../../../cli/print/markdown";
import { diffMarkdown, diffText } from "../../../cli/print/meshChanges";
import { Problem } from "../../../cli/problem";
import { httpbin } from "../../support/stackFile";

describe("mesh diff", function () {
    this.timeout(60_000);
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    const origin = path.join(root, "origin");
    /** The project lies in a folder of its repository. */
    const folder = path.join(origin, "mesh");

    const git = (args: readonly string[], cwd = folder) =>
        execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
            cwd,
            encoding: "utf8",
            stdio: "pipe",
        });
    const write = (stack: string, config: Readonly<Record<string, unknown>>, where = folder) => {
        const full = Object.fromEntries(Object.entries(config).map(([key, value]) => [`p:${key}`, value]));
        fs.writeFileSync(path.join(where, `Pulumi.${stack}.yaml`), stringify({ config: full }));
    };
    const exporting = (services: readonly string[], where?: string) => {
        const exports = services.map((service) => ({ ...httpbin, service }));
        write("cluster2", { cluster: { kubeconfig: "k2", context: "c2" }, exports }, where);
    };
    const commit = (message: string) => {
        git(["add", "-A"]);
        git(["commit", "-q", "-m", message]);
    };
    const changesOf = async (where: string, typed?: string) =>
        (await meshDiff(where, typed)).changes.map(
            ({ sign, stack, host }) => `${sign} ${stack} ${host ?? ""}`,
        );
    const added = ["+ cluster2 extra.bar.global"];

    before(() => {
        fs.mkdirSync(folder, { recursive: true });
        git(["init", "-q", "-b", "main"], origin);
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
        write("ca", { ca: { clusters: ["cluster2"] } });
        exporting(["httpbin"]);
        commit("Begin");
        git(["checkout", "-q", "-b", "extra"]);
        exporting(["httpbin", "extra"]);
        commit("Export extra");
        fs.writeFileSync(path.join(folder, "index.ts"), "");
        commit("Change the program");
    });

    after(() => {
        fs.rmSync(root, { recursive: true });
    });

    it("compares with where the branch has left the main one, from a folder of the repository", async () => {
        assert.deepEqual(await changesOf(folder), added);
        const report = await meshDiff(folder, undefined);
        assert.deepEqual(report.beyondFiles, [{ what: "the program", files: ["index.ts"] }]);
        assert.match(report.base, /^[0-9a-f]{8}, where this branch has left main$/);
    });

    it("sees what is not committed", async () => {
        exporting(["httpbin"]);
        assert.deepEqual(await changesOf(folder), []);
        assert.deepEqual(await changesOf(folder, "HEAD"), ["- cluster2 extra.bar.global"]);
        git(["checkout", "-q", "--", "."]);
    });

    it("compares two revisions, whatever lies in the folder", async () => {
        exporting([]);
        assert.deepEqual(await changesOf(folder, "main..extra"), added);
        assert.deepEqual(await changesOf(folder, "main..HEAD~1"), added);
        git(["checkout", "-q", "--", "."]);
    });

    it("works in a worktree", async () => {
        const worktree = path.join(root, "worktree");
        git(["worktree", "add", "-q", "--detach", worktree, "extra"]);
        assert.deepEqual(await changesOf(path.join(worktree, "mesh")), added);
    });

    it("says what to fetch in a shallow clone", async () => {
        const clone = path.join(root, "shallow");
        git(
            ["clone", "-q", "--depth", "1", "--no-single-branch", "-b", "extra", `file://${origin}`, clone],
            root,
        );
        git(["remote", "set-head", "origin", "main"], clone);
        await assert.rejects(changesOf(path.join(clone, "mesh")), (error: unknown) => {
            assert.ok(error instanceof Problem);
            assert.match(error.message, /have no commit in common here, since the clone is shallow\.$/);
            assert.match(error.nextStep?.text ?? "", /git fetch --unshallow/);
            return true;
        });
    });

    for (const [typed, message] of [
        ["nowhere", '"nowhere" is no revision of this repository.'],
        ["--output=x", '"--output=x" is no revision of this repository.'],
        ["..main", '"..main" is neither a revision nor two with ".." between.'],
    ] as const)
        it(`refuses ${typed}`, async () => {
            await assert.rejects(changesOf(folder, typed), { message });
        });

    it("refuses a folder without a repository", async () => {
        const plain = path.join(root, "plain");
        fs.mkdirSync(plain);
        await assert.rejects(changesOf(plain), { message: /^.*plain is not in a git repository: / });
    });

    it("refuses what a preview would refuse, with its words", async () => {
        exporting(["No Service"]);
        const report = await meshDiff(folder, undefined);
        assert.equal(diffExitCode(report), 1);
        assert.match(diffText(report), /A preview would refuse this:\nThe configuration of stack "cluster2"/);
        git(["checkout", "-q", "--", "."]);
    });

    it("takes a file that does not parse for one that can't be read", async () => {
        fs.writeFileSync(path.join(folder, "Pulumi.cluster2.yaml"), "config: [");
        const report = await meshDiff(folder, undefined);
        assert.equal(diffExitCode(report), 1);
        assert.deepEqual(report.changes, []);
        git(["checkout", "-q", "--", "."]);
    });

    it("compares the folder of an environment, and refuses what it has in common with another", async () => {
        const dev = path.join(folder, "environments/dev");
        fs.mkdirSync(dev, { recursive: true });
        fs.writeFileSync(path.join(dev, "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
        write("ca", { ca: { clusters: ["cluster2"] } }, dev);
        exporting(["extra"], dev);
        const report = await meshDiff(dev, undefined);
        assert.ok(report.changes.some(({ sign, host }) => sign === "+" && host === "extra.bar.global"));
        assert.ok(report.changes.every(({ host }) => host !== "httpbin.bar.global"));
        assert.deepEqual(report.beyondFiles, [
            { what: "the program", files: ["index.ts"] },
            { what: "the project's own file", files: ["Pulumi.yaml"] },
        ]);
        assert.equal(diffExitCode(report), 1);
        assert.deepEqual(
            report.problems.map((problem) => problem.split("\n")[0]),
            ['Stack "ca" can\'t work as it is:', 'Stack "cluster2" can\'t work as it is:'],
        );
        // The other way round it is nobody's but the environment's.
        assert.deepEqual((await meshDiff(folder, "HEAD")).beyondFiles, []);
        fs.rmSync(path.join(folder, "environments"), { recursive: true });
    });

    it("says it for a terminal and for a comment", async () => {
        const report = await meshDiff(folder, "main..extra");
        assert.match(
            diffText(report),
            /Who can call what\n {2}\+ cluster2 can call extra\.bar\.global \(8000 HTTP\), served by cluster2\n\nAlso changed/,
        );
        assert.match(
            diffMarkdown(report),
            /\n\*\*Who can call what\*\*\n\n- ➕ cluster2 can call extra\.bar\.global/,
        );
    });

    describe("with teams' files", () => {
        const team = (name: string, content: unknown) => {
            fs.mkdirSync(path.join(folder, "teams"), { recursive: true });
            fs.writeFileSync(path.join(folder, "teams", `${name}.yaml`), stringify(content));
        };
        const own = { cluster: { kubeconfig: "k2", context: "c2" } };
        const teams = { tools: { namespaces: ["bar"], contact: "#tools" } };
        const exporting = (...services: readonly string[]) => {
            team("tools", { exports: { cluster2: services.map((service) => ({ ...httpbin, service })) } });
        };

        before(() => {
            git(["checkout", "-q", "-b", "teams", "main"]);
            write("cluster2", { ...own, teams });
            exporting("httpbin");
            commit("Hand httpbin to a team");
            exporting("httpbin", "more");
            commit("Export more");
        });

        after(() => {
            git(["checkout", "-q", "-f", "extra"]);
            fs.rmSync(path.join(folder, "teams"), { recursive: true, force: true });
        });

        it("reads them at a revision, and as they are", async () => {
            const line = "cluster2 can call more.bar.global (8000 HTTP), served by cluster2 (owner tools)";
            const report = await meshDiff(folder, "HEAD~1..HEAD");
            assert.deepEqual(
                report.changes.map(({ stack, text }) => `${stack} ${text}`),
                [line],
            );
            assert.match(diffMarkdown(report), /served by cluster2 \\\(owner tools\\\)/);
            exporting("httpbin");
            assert.deepEqual(await changesOf(folder, "HEAD"), ["- cluster2 more.bar.global"]);
            git(["checkout", "-q", "--", "."]);
        });

        it("says who has become an owner, and what the platform has changed", async () => {
            const { changes, problems } = await meshDiff(folder, "main..HEAD~1");
            assert.deepEqual(problems, []);
            assert.deepEqual(
                changes.map(({ text }) => text),
                [
                    "httpbin.bar.global: owner in cluster2 is tools instead of nobody",
                    'teams.tools: (not set) becomes {"namespaces":["bar"],"contact":"#tools"}',
                ],
            );
        });

        it("lists the commits that changed them", async () => {
            const log = await meshLog(folder, "more.bar.global");
            assert.deepEqual(
                log.map(({ subject }) => subject),
                ["Export more"],
            );
        });

        it("refuses a wrong one by its place, also where it has nothing for any cluster", async () => {
            team("tools", { istio: {}, exports: { cluster2: [{ ...httpbin, namespace: "shop" }] } });
            team("lost", { dns: {}, exports: { clutser2: [httpbin] } });
            const { problems } = await meshDiff(folder, "HEAD");
            assert.deepEqual(problems, [
                'The configuration of stack "cluster2" (Pulumi.cluster2.yaml) has 2 problems:\n' +
                    "  - teams/tools.yaml: istio is the platform's to set, in the stack files; a team's file has exports and imports alone, so remove it here\n" +
                    "  - teams/tools.yaml: exports.cluster2[0].namespace is shop, but cluster2 grants tools only bar; the platform has to add it to teams.tools.namespaces in Pulumi.cluster2.yaml, or correct it",
                "teams/lost.yaml: dns is the platform's to set, in the stack files; a team's file has exports and imports alone, so remove it here",
                "teams/lost.yaml has entries for clutser2, but the mesh has only cluster2 (did you mean cluster2?); correct the name",
            ]);
            git(["checkout", "-q", "--", "."]);
            fs.rmSync(path.join(folder, "teams", "lost.yaml"));
        });

        it("names the owners of a host, with their contacts and places", async () => {
            const report = await meshOwners(folder, "more.bar.global");
            assert.deepEqual(report, {
                host: "more.bar.global",
                owners: [
                    {
                        role: "exports",
                        cluster: "cluster2",
                        owner: "tools",
                        contact: "#tools",
                        place: "teams/tools.yaml: exports.cluster2[1]",
                    },
                ],
                problems: [],
            });
            assert.match(
                ownersText(report),
                /^cluster2 +exports +tools +#tools +teams\/tools\.yaml: exports\.cluster2\[1\]$/m,
            );
            await assert.rejects(meshOwners(folder, "mroe.bar.global"), {
                message: 'Nobody exports or imports "mroe.bar.global" here (did you mean more.bar.global?).',
            });
            write("cluster2", { ...own, teams, imports: "httpbin" });
            assert.match(
                ownersText(await meshOwners(folder, "more.bar.global")),
                /^Somebody may be missing, since this can't be read:\nThe configuration of stack "cluster2"/,
            );
            git(["checkout", "-q", "--", "."]);
        });
    });

    it("lets nothing in a comment mean anything", () => {
        assert.equal(
            escaped("@team #1 <img src=x> [a](https://b) `c` *d* e|f www.g"),
            "&#64;team &#35;1 &#60;img src=x&#62; \\[a\\]\\(https&#58;//b\\) \\`c\\` \\*d\\* e\\|f www&#46;g",
        );
    });

    it("lists the commits that changed who may call a service", async () => {
        const log = await meshLog(folder, "extra.bar.global");
        assert.deepEqual(
            log.map(({ author, subject, changes }) => [author, subject, changes.map(({ sign }) => sign)]),
            [["Ada", "Export extra", ["+"]]],
        );
        assert.match(logText("extra.bar.global", log), /Ada: Export extra\n {2}\+ cluster2 can call extra/);
        assert.equal(
            logText("other.bar.global", await meshLog(folder, "other.bar.global")),
            "No commit here has changed who may call other.bar.global.",
        );
    });
});
