import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { parse } from "yaml";
import { GithubApi, type Rights } from "../../support/githubApi";
import { type Event, owner, repository, variablesOf } from "./event";
import { type Job, type OnStep, type Ran, Runner } from "./runner";
import { Repository, type Way } from "./repository";

/** An environment of the repository's settings. */
export interface HubEnvironment {
    /** Who has to approve what its jobs do; nobody where there are none. */
    readonly reviewers: readonly string[];
    readonly secrets: Readonly<Record<string, string>>;
}

interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, Job>>;
}

/** An open pull request. */
export interface PullRequest {
    readonly number: number;
    readonly branch: string;
    readonly head: string;
    /** Who it comes from: the repository's owner, or the one of a fork. */
    readonly owner: string;
}

/**
 * A stand-in for GitHub around a real repository: it keeps pull requests, starts workflows by events, hands out secrets by
 * environment and tokens by permission, and lets people approve.
 */
export class Hub {
    readonly api = new GithubApi();
    readonly repository = new Repository();
    private readonly runner = new Runner();
    private readonly pulls = new Map<number, PullRequest>();
    private url = "";
    /** Everything that anybody could read afterwards: logs, summaries, comments and issues. */
    private readonly texts: string[] = [];
    /** Told of each step of a job as it begins. */
    onStep: OnStep = () => undefined;
    environments: Readonly<Record<string, HubEnvironment>> = {};
    variables: Readonly<Record<string, string>> = {};

    async start(): Promise<void> {
        this.url = await this.api.start();
    }

    stop(): void {
        this.api.stop();
        this.runner.remove();
        this.repository.remove();
    }

    /** Opens a pull request, or pushes to it. */
    propose(number: number, change: () => void, from = owner): PullRequest {
        const branch = `change-${number}`;
        const head = this.repository.propose(number, branch, change);
        const pull = { number, branch, head, owner: from };
        this.pulls.set(number, pull);
        this.api.pulls = [
            ...this.api.pulls.filter((each) => each.number !== number),
            { number, branch: `${from}:${branch}`, head },
        ];
        return pull;
    }

    /** Merges a pull request, and says as what. */
    merge({ number, branch, head, owner: from }: PullRequest, way: Way): string {
        const { commit, commits } = this.repository.bring(head, way);
        this.api.pulls = [
            ...this.api.pulls.filter((each) => each.number !== number),
            { number, branch: `${from}:${branch}`, head, merged: commit, commits },
        ];
        return commit;
    }

    /** The workflow that each pull request starts. */
    pullRequest({ number, owner: from }: PullRequest): Promise<Ran> {
        const merge = this.repository.at(`refs/pull/${number}/merge`);
        return this.job("diff", "diff", {
            name: "pull_request",
            commit: merge,
            sha: merge,
            ref: `refs/pull/${number}/merge`,
            more: { base_ref: "main" },
            actor: "dev",
            isForeign: from !== owner,
        });
    }

    /** The one that follows it. */
    afterDiff({ branch, head, owner: from }: PullRequest): Promise<Ran> {
        const run = {
            event: "pull_request",
            head_sha: head,
            head_branch: branch,
            head_repository: { owner: { login: from } },
        };
        return this.onMain("preview", "preview", "workflow_run", { payload: { workflow_run: run } });
    }

    /** What a push to the default branch starts. A run that waits for approval is approved. */
    pushed(commit: string): Promise<Ran> {
        const ref = "refs/heads/main";
        return this.job("up", "up", { name: "push", commit, sha: commit, ref, actor: "dev" });
    }

    /** What a schedule starts. */
    scheduled(workflow: string, job: string): Promise<Ran> {
        return this.onMain(workflow, job, "schedule", {});
    }

    /** What somebody starts by hand. */
    dispatched(workflow: string, job: string, inputs: Event["inputs"] = {}): Promise<Ran> {
        return this.onMain(workflow, job, "workflow_dispatch", { inputs });
    }

    /** The values of secrets, or parts of them, that anybody could read in a log, a summary, a comment or an issue. */
    leaks(): readonly string[] {
        const secrets = Object.values(this.environments).flatMap((each) => Object.values(each.secrets));
        // A kubeconfig is many values, of which keys and certificates are the long ones.
        const parts = secrets.flatMap((secret) =>
            secret.split(/\s+/).filter((word) => word.length >= 40 || word === secret),
        );
        const written = [...this.api.comments, ...this.api.issues].map(({ body }) => body);
        const all = [...this.texts, ...written].join("\n");
        return [...new Set(parts)].filter((part) => all.includes(part));
    }

    private onMain(
        workflow: string,
        job: string,
        name: string,
        more: Pick<Event, "payload" | "inputs">,
    ): Promise<Ran> {
        const commit = this.repository.main;
        const ref = "refs/heads/main";
        return this.job(workflow, job, { name, commit, sha: commit, ref, actor: "dev", ...more });
    }

    private async job(workflow: string, jobName: string, event: Event): Promise<Ran> {
        const file = `.github/workflows/${workflow}.yml`;
        const content = parse(this.repository.file(event.commit, file)) as Workflow;
        assert.ok(event.name in content.on, `${file} is not started by ${event.name}`);
        const job = content.jobs[jobName];
        assert.ok(job !== undefined, `${file} has no job ${jobName}`);
        const token = this.token(job.permissions ?? content.permissions, event.isForeign === true);
        const contexts = this.contexts(job, event, token);
        const variables = variablesOf(event, this.url);
        const ran = await this.runner.run(
            job,
            { contexts, origin: this.repository.url, variables },
            this.onStep,
        );
        // It is no longer good for anything.
        this.api.tokens.delete(token);
        this.texts.push(ran.log, ran.summary);
        return ran;
    }

    private token(permissions: Rights, isForeign: boolean): string {
        const token = `ghs_${randomBytes(18).toString("hex")}`;
        const rights = Object.entries(permissions).map(([what, right]) => [what, isForeign ? "read" : right]);
        this.api.tokens.set(token, Object.fromEntries(rights) as Rights);
        return token;
    }

    private contexts(job: Job, event: Event, token: string) {
        const secrets = this.secrets(job, event);
        const { name, sha, ref, payload, more, actor } = event;
        return {
            github: {
                ...{ token, event_name: name, sha, ref, ref_name: ref.replace("refs/heads/", ""), actor },
                ...{ repository, repository_owner: owner, default_branch: "main", ...more },
                event: { repository: { default_branch: "main" }, inputs: event.inputs, ...payload },
            },
            inputs: event.inputs ?? {},
            vars: this.variables,
            secrets: { ...secrets, GITHUB_TOKEN: token },
        };
    }

    /** Secrets belong to an environment, which only the default branch may use. */
    private secrets({ environment: name }: Job, { ref }: Event): HubEnvironment["secrets"] {
        if (name === undefined) return {};
        assert.equal(ref, "refs/heads/main", `${ref} may not use the environment ${name}`);
        const found = this.environments[name];
        this.api.reviewed = Object.entries(this.environments)
            .filter(([, { reviewers }]) => reviewers.length > 0)
            .map(([each]) => each);
        return found?.secrets ?? {};
    }
}
