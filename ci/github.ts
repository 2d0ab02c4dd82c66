import { setTimeout as pause } from "node:timers/promises";
import type { Octokit } from "@octokit/rest";
import { apiRefusal } from "./problem";

/** A repository on GitHub, or on what answers as GitHub does. */
export interface Place {
    readonly owner: string;
    readonly repo: string;
}

/** A comment, as far as it is looked at. */
export interface Comment {
    readonly id: number;
    readonly body: string;
}

/** What is refused is said by the error; the client would say it a second time. */
const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
};

/** What workflows ask of GitHub. */
export class GitHub {
    private constructor(
        private readonly octokit: Octokit,
        private readonly place: Place,
        private readonly author: string,
    ) {}

    /**
     * @param repository `OWNER/NAME`
     * @param author login under which the token writes: what others wrote is never taken for one's own
     */
    static async open(
        repository: string,
        token: string,
        { author, url }: { readonly author: string; readonly url: string },
    ): Promise<GitHub> {
        // A module that only newer loaders know.
        const { Octokit } = await import("@octokit/rest");
        const [owner = "", repo = ""] = repository.split("/");
        return new GitHub(new Octokit({ auth: token, baseUrl: url, log: silent }), { owner, repo }, author);
    }

    /** The own comments on a pull request or an issue that hold a text, the oldest first. */
    async comments(number: number, mark: string): Promise<readonly Comment[]> {
        const all = await asked("read the comments", () =>
            this.octokit.paginate(this.octokit.rest.issues.listComments, {
                ...this.place,
                issue_number: number,
                per_page: 100,
            }),
        );
        return all.flatMap(({ id, body, user }) =>
            user?.login === this.author && body?.includes(mark) ? [{ id, body }] : [],
        );
    }

    /** Writes the one comment with this mark, or changes it. */
    async comment(number: number, mark: string, body: string): Promise<"written" | "changed" | "as before"> {
        const [first] = await this.comments(number, mark);
        if (first === undefined) {
            await asked("write a comment", () =>
                this.octokit.rest.issues.createComment({ ...this.place, issue_number: number, body }),
            );
            return "written";
        }
        if (first.body === body) return "as before";
        await asked("change its comment", () =>
            this.octokit.rest.issues.updateComment({ ...this.place, comment_id: first.id, body }),
        );
        return "changed";
    }

    /** The merged pull request that a commit of the main branch came with; undefined where it came with none. */
    async mergedAs(commit: string): Promise<{ readonly number: number; readonly head: string } | undefined> {
        const { data } = await asked("find the pull request of a commit", () =>
            this.octokit.rest.repos.listPullRequestsAssociatedWithCommit({
                ...this.place,
                commit_sha: commit,
            }),
        );
        const merged = data.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
        return merged && { number: merged.number, head: merged.head.sha };
    }

    /** Number of the open pull request whose head a commit is, by the branch that it was pushed to, `OWNER:BRANCH`. */
    async openWith(branch: string, head: string): Promise<number | undefined> {
        const { data } = await asked("find the pull request of a branch", () =>
            this.octokit.rest.pulls.list({ ...this.place, head: branch, state: "open" }),
        );
        return data.find((pull) => pull.head.sha === head)?.number;
    }

    /** Whether somebody has to approve what a job of an environment does. */
    async hasReviewers(environment: string): Promise<boolean> {
        const { data } = await asked(`look at the environment "${environment}"`, () =>
            this.octokit.rest.repos.getEnvironment({ ...this.place, environment_name: environment }),
        );
        return (data.protection_rules ?? []).some(
            (rule) =>
                rule.type === "required_reviewers" &&
                "reviewers" in rule &&
                (rule.reviewers?.length ?? 0) > 0,
        );
    }

    /** The own open issue with this mark. */
    async issue(mark: string): Promise<{ readonly number: number; readonly body: string } | undefined> {
        const all = await asked("read the issues", () =>
            this.octokit.paginate(this.octokit.rest.issues.listForRepo, {
                ...this.place,
                state: "open",
                creator: this.author,
                per_page: 100,
            }),
        );
        const found = all.find(
            ({ body, pull_request: pull }) => pull === undefined && body?.includes(mark) === true,
        );
        return found && { number: found.number, body: found.body ?? "" };
    }

    /** Opens an issue. */
    async openIssue(title: string, body: string): Promise<void> {
        await asked("open an issue", () => this.octokit.rest.issues.create({ ...this.place, title, body }));
    }

    /** Changes an issue's text, or closes it. */
    async changeIssue(
        number: number,
        change: { readonly body?: string; readonly state?: "closed" },
    ): Promise<void> {
        await asked("change its issue", () =>
            this.octokit.rest.issues.update({ ...this.place, issue_number: number, ...change }),
        );
    }
}

/** How often GitHub is asked where it says that it was asked too much in a short time, and how many seconds it is waited for. */
const mostTries = 3;
const longestWait = 120;

async function asked<T>(what: string, ask: () => Promise<T>, tries = 1): Promise<T> {
    try {
        return await ask();
    } catch (error) {
        const seconds = secondsToWait(error);
        if (seconds > longestWait || tries === mostTries) throw apiRefusal(what, error);
        await pause(seconds * 1000);
        return asked(what, ask, tries + 1);
    }
}

/** What GitHub asks to wait for; without end where it does not. */
function secondsToWait(error: unknown): number {
    const { status = 0, response } = error as {
        readonly status?: number;
        readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
    };
    const seconds = Number(response?.headers["retry-after"] ?? NaN);
    return [403, 429].includes(status) && seconds >= 0 ? seconds : Infinity;
}
