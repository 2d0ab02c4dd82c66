import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A comment, or an issue, as the stand-in keeps it. */
export interface Written {
    readonly id: number;
    /** Number of the issue or pull request that a comment is on; of an issue its own. */
    readonly number: number;
    readonly user: string;
    body: string;
    state: "open" | "closed";
}

export interface Pull {
    readonly number: number;
    /** `OWNER:BRANCH`. */
    readonly branch: string;
    readonly head: string;
    /** The commit on the default branch that it was merged as: a merge, the one squashed, or the last of those rebased. */
    readonly merged?: string;
    /** Further commits that GitHub finds it by: its own, and those that it was rebased to. */
    readonly commits?: readonly string[];
}

/** What a token may do, as a workflow's `permissions` say it. */
export type Rights = Readonly<Record<string, string>>;

/** Most characters that GitHub takes for a text. */
const longest = 65_536;

/** What of a token's rights a request needs, one of each list, as GitHub's reference of the API says it of private repositories. */
const needed: readonly { readonly place: RegExp; readonly rights: readonly string[] }[] = [
    { place: /^issues\/(comments\/\d+|\d+\/comments)$/, rights: ["issues", "pull-requests"] },
    { place: /^issues(\/\d+)?$/, rights: ["issues"] },
    { place: /^pulls$/, rights: ["pull-requests"] },
    { place: /^commits\/[^/]+\/pulls$/, rights: ["pull-requests"] },
    { place: /^environments\//, rights: ["actions"] },
];

/**
 * A stand-in for GitHub's API with what this project asks of it, as strict as GitHub is where that matters: pages, what a token
 * may do, texts that are too long, too many requests in a short time. Everything is kept in memory.
 */
export class GithubApi {
    readonly comments: Written[] = [];
    readonly issues: Written[] = [];
    pulls: readonly Pull[] = [];
    /** Names of environments that have required reviewers. */
    reviewed: readonly string[] = [];
    /** What tokens write as. */
    readonly login = "github-actions[bot]";
    /** Tokens, with their rights: `token` may do everything, unless it is given others. */
    readonly tokens = new Map<string, Rights>([
        ["token", { issues: "write", "pull-requests": "write", actions: "read" }],
    ]);
    /** How many requests more are too many in a short time, and how many seconds GitHub then asks to wait. */
    tooMany = 0;
    retryAfter = 1;
    /** Status that every request gets in the place of an answer. */
    fault: number | undefined;
    /** `METHOD /path` of each request. */
    readonly asked: string[] = [];
    private readonly server: Server;

    constructor() {
        this.server = createServer((request, response) => {
            void this.answer(request, response);
        });
    }

    async start(): Promise<string> {
        await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    stop(): void {
        this.server.close();
        this.server.closeAllConnections();
    }

    /** Adds a comment of somebody's. */
    add(number: number, user: string, body: string): void {
        this.comments.push({ id: this.comments.length + 1, number, user, body, state: "open" });
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const url = new URL(request.url ?? "/", "http://localhost");
        const method = request.method ?? "GET";
        this.asked.push(`${method} ${url.pathname}`);
        const sent = await text(request);
        const body = (sent === "" ? {} : JSON.parse(sent)) as {
            readonly body?: string;
            readonly state?: "closed";
        };
        const send = (status: number, content: unknown, headers: Readonly<Record<string, string>> = {}) => {
            response.writeHead(status, { "content-type": "application/json", ...headers });
            response.end(JSON.stringify(content));
        };
        const rights = this.tokens.get(request.headers.authorization?.split(" ")[1] ?? "");
        // /repos/OWNER/NAME/...
        const place = url.pathname.split("/").slice(4).join("/");
        if (this.fault !== undefined) send(this.fault, { message: "a fault of the stand-in" });
        else if (rights === undefined) send(401, { message: "Requires authentication" });
        else if (this.tooMany > 0) {
            this.tooMany--;
            const message = "You have exceeded a secondary rate limit. Please wait a few minutes.";
            send(403, { message }, { "retry-after": String(this.retryAfter) });
        } else if (!isAllowed(rights, method, place))
            send(403, { message: "Resource not accessible by integration" });
        else if ((body.body?.length ?? 0) > longest)
            send(422, {
                message: "Validation Failed",
                errors: ["body is too long (maximum is 65536 characters)"],
            });
        else this.route(method, url, place, body, send);
    }

    private route(
        method: string,
        url: URL,
        place: string,
        { body = "", state }: { readonly body?: string; readonly state?: "closed" },
        send: (status: number, content: unknown, headers?: Readonly<Record<string, string>>) => void,
    ): void {
        const onIssue = /^issues\/(\d+)\/comments$/.exec(place);
        const oneComment = /^issues\/comments\/(\d+)$/.exec(place);
        const oneIssue = /^issues\/(\d+)$/.exec(place);
        const ofCommit = /^commits\/([^/]+)\/pulls$/.exec(place);
        const environment = /^environments\/([^/]+)$/.exec(place);
        if (onIssue && method === "GET")
            this.page(
                url,
                this.comments.filter(({ number }) => number === Number(onIssue[1])).map(shown),
                send,
            );
        else if (onIssue && method === "POST") {
            this.add(Number(onIssue[1]), this.login, body);
            send(201, shown(this.comments.at(-1)));
        } else if (oneComment && method === "PATCH") {
            const found = this.comments.find(({ id }) => id === Number(oneComment[1]));
            if (found === undefined) send(404, { message: "Not Found" });
            else {
                found.body = body;
                send(200, shown(found));
            }
        } else if (place === "issues" && method === "GET") {
            const creator = url.searchParams.get("creator");
            const open = this.issues.filter((each) => each.state === "open" && each.user === creator);
            this.page(url, open.map(shown), send);
        } else if (place === "issues" && method === "POST") {
            const number = this.issues.length + 1;
            this.issues.push({ id: number, number, user: this.login, body, state: "open" });
            send(201, shown(this.issues.at(-1)));
        } else if (oneIssue && method === "PATCH") {
            const found = this.issues.find(({ number }) => number === Number(oneIssue[1]));
            if (found === undefined) send(404, { message: "Not Found" });
            else {
                if (body !== "") found.body = body;
                if (state !== undefined) found.state = state;
                send(200, shown(found));
            }
        } else if (place === "pulls" && method === "GET") {
            const wanted = url.searchParams.get("head");
            const open = this.pulls.filter(({ branch, merged }) => branch === wanted && merged === undefined);
            this.page(url, open.map(pullShown), send);
        } else if (ofCommit && method === "GET")
            this.page(url, this.pulls.filter((pull) => isOf(pull, ofCommit[1] ?? "")).map(pullShown), send);
        else if (environment && method === "GET") {
            const rules = this.reviewed.includes(environment[1] ?? "")
                ? [{ id: 1, type: "required_reviewers", reviewers: [{ type: "User" }] }]
                : [];
            send(200, { name: environment[1], protection_rules: rules });
        } else send(404, { message: "Not Found" });
    }

    /** One page of a list, of 30 entries unless asked for up to 100, and where the next one is. */
    private page(
        url: URL,
        all: readonly unknown[],
        send: (status: number, content: unknown, headers?: Readonly<Record<string, string>>) => void,
    ): void {
        const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
        const page = Number(url.searchParams.get("page") ?? 1);
        const { port } = this.server.address() as AddressInfo;
        const next = new URL(url.pathname + url.search, `http://127.0.0.1:${port}`);
        next.searchParams.set("page", String(page + 1));
        const more = all.length > page * size;
        send(
            200,
            all.slice((page - 1) * size, page * size),
            more ? { link: `<${next.href}>; rel="next"` } : {},
        );
    }
}

function isAllowed(rights: Rights, method: string, place: string): boolean {
    const wanted = method === "GET" ? ["read", "write"] : ["write"];
    const found = needed.find((each) => each.place.test(place));
    return found === undefined || found.rights.some((right) => wanted.includes(rights[right] ?? ""));
}

function isOf({ merged, head, commits = [] }: Pull, commit: string): boolean {
    return [merged, head, ...commits].includes(commit);
}

function shown(written: Written | undefined) {
    return written && { ...written, user: { login: written.user } };
}

function pullShown({ number, head, merged }: Pull) {
    return {
        number,
        head: { sha: head },
        base: { sha: "0".repeat(40) },
        merged_at: merged === undefined ? null : "2026-11-28T00:00:00Z",
        merge_commit_sha: merged ?? null,
    };
}
