import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { checkoutDir } from "../../../lab/paths";
import type { Settings } from "../../support/program";

/** How a pull request's commits come to the default branch. */
export type Way = "merge" | "squash" | "rebase";

/** Somebody who commits. */
const person = (name: string) => ({
    ...process.env,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: `${name}@example.com`,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: `${name}@example.com`,
});

/** The environment that the mesh is described in. */
export const environment = "prod";
const folder = `environments/${environment}`;

/** A real git repository as GitHub keeps it, made from this checkout, and a developer's clone of it. */
export class Repository {
    private readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-origin-"));
    readonly bare = path.join(this.root, "origin.git");
    /** Of the developer who works on the mesh. */
    readonly clone = path.join(this.root, "clone");
    /** Where the environment's states are. */
    readonly backend = path.join(this.root, "states");

    constructor() {
        fs.mkdirSync(this.backend);
        this.git(checkoutDir, "clone", "-q", "--bare", checkoutDir, this.bare);
        const head = this.git(checkoutDir, "rev-parse", "HEAD");
        for (const ref of this.git(this.bare, "for-each-ref", "--format=%(refname)").split("\n"))
            if (ref !== "refs/heads/main") this.git(this.bare, "update-ref", "-d", ref);
        this.git(this.bare, "update-ref", "refs/heads/main", head);
        this.git(this.bare, "symbolic-ref", "HEAD", "refs/heads/main");
        this.git(this.bare, "config", "uploadpack.allowAnySHA1InWant", "true");
        this.git(this.root, "clone", "-q", this.url, this.clone);
        fs.symlinkSync(path.join(checkoutDir, "node_modules"), path.join(this.clone, "node_modules"));
        fs.appendFileSync(path.join(this.clone, ".git/info/exclude"), "node_modules\n");
    }

    /** Where runners fetch it. */
    get url(): string {
        return `file://${this.bare}`;
    }

    /** Commit that a reference is at. */
    at(reference: string): string {
        return this.git(this.bare, "rev-parse", `${reference}^{commit}`);
    }

    get main(): string {
        return this.at("refs/heads/main");
    }

    /** Text of a file in a commit. */
    file(commit: string, name: string): string {
        return this.git(this.bare, "show", `${commit}:${name}`);
    }

    /** Writes the files of the environment, in the place of the lab's own, and commits them. */
    found(stacks: Readonly<Record<string, Settings>>): void {
        for (const name of fs.readdirSync(this.clone).filter((each) => /^Pulumi\..+\.yaml$/.test(each)))
            fs.rmSync(path.join(this.clone, name));
        const place = path.join(this.clone, folder);
        fs.mkdirSync(place, { recursive: true });
        const project = {
            name: "istio-multicluster",
            runtime: { name: "nodejs", options: { typescript: false } },
            backend: { url: `file://${this.backend}` },
        };
        fs.writeFileSync(path.join(place, "Pulumi.yaml"), stringify(project));
        for (const [stack, settings] of Object.entries(stacks)) this.write(stack, settings);
        this.push("The mesh");
    }

    /** Changes the text of a file of the clone, or makes one. */
    edit(name: string, change: (text: string) => string): void {
        const file = path.join(this.clone, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, change(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""));
    }

    /** Commits what is in the clone, after a change of it, to the default branch. */
    push(subject: string, change: () => void = () => undefined): string {
        change();
        this.git(this.clone, "add", "-A");
        this.git(this.clone, "commit", "-q", "-m", subject);
        this.git(this.clone, "push", "-q", "origin", "HEAD:main");
        return this.main;
    }

    /** A stack's settings in the clone. */
    read(stack: string): Settings {
        const { config = {} } = this.content(stack);
        return Object.fromEntries(
            Object.entries(config).map(([key, value]) => [key.replace(/^[^:]*:/, ""), value]),
        );
    }

    /** Changes a stack's settings in the clone; what Pulumi has added to the file stays. */
    write(stack: string, settings: Settings): void {
        const config = Object.fromEntries(
            Object.entries({ ...this.read(stack), ...settings })
                .filter(([, value]) => value !== undefined)
                .map(([key, value]) => [`istio-multicluster:${key}`, value]),
        );
        const content = { ...this.content(stack), config };
        fs.writeFileSync(this.stackFile(stack), stringify(content, { aliasDuplicateObjects: false }));
    }

    /**
     * Opens a pull request, or pushes to it: a change of the default branch as it is now.
     *
     * @returns its head
     */
    propose(number: number, branch: string, change: () => void): string {
        this.git(this.clone, "fetch", "-q", "origin");
        this.git(this.clone, "checkout", "-q", "--force", "-B", branch, "origin/main");
        change();
        this.git(this.clone, "add", "-A");
        this.git(this.clone, "commit", "-q", "-m", `Change of ${branch}`);
        const head = this.git(this.clone, "rev-parse", "HEAD");
        this.git(this.clone, "push", "-q", "--force", "origin", `HEAD:refs/heads/${branch}`);
        this.git(this.clone, "checkout", "-q", "--force", "-B", "main", "origin/main");
        this.git(this.bare, "update-ref", `refs/pull/${number}/head`, head);
        this.git(this.bare, "update-ref", `refs/pull/${number}/merge`, this.merged(head, "Merge"));
        return head;
    }

    /**
     * Brings a pull request to the default branch.
     *
     * @returns the commit that it is there as, and all that came with it
     */
    bring(head: string, way: Way): { readonly commit: string; readonly commits: readonly string[] } {
        const before = this.main;
        if (way === "rebase") this.rebase(head);
        else {
            const commit =
                way === "merge" ? this.merged(head, "Merge pull request") : this.squashed(head, "Squashed");
            this.git(this.bare, "update-ref", "refs/heads/main", commit);
        }
        this.git(this.clone, "pull", "-q", "--ff-only", "origin", "main");
        const commits = this.git(this.bare, "rev-list", `${before}..${this.main}`).split("\n");
        return { commit: this.main, commits };
    }

    remove(): void {
        fs.rmSync(this.root, { recursive: true, force: true });
    }

    private merged(head: string, subject: string): string {
        return this.git(
            this.bare,
            ...["commit-tree", this.tree(head), "-p", this.main, "-p", head, "-m", subject],
        );
    }

    private squashed(head: string, subject: string): string {
        return this.git(this.bare, "commit-tree", this.tree(head), "-p", this.main, "-m", subject);
    }

    private tree(head: string): string {
        return this.git(this.bare, "merge-tree", "--write-tree", this.main, head);
    }

    private rebase(head: string): void {
        const place = path.join(this.root, "rebase");
        this.git(this.root, "clone", "-q", this.url, place);
        this.git(place, "fetch", "-q", "origin", head);
        this.git(place, "checkout", "-q", "--detach", head);
        // As GitHub does it, which is then the committer: no commit stays the same.
        this.git(place, "rebase", "-q", "--force-rebase", "origin/main");
        this.git(place, "push", "-q", "origin", "HEAD:main");
        fs.rmSync(place, { recursive: true, force: true });
    }

    private stackFile(stack: string): string {
        return path.join(this.clone, folder, `Pulumi.${stack}.yaml`);
    }

    private content(stack: string): { readonly config?: Settings } {
        const file = this.stackFile(stack);
        return fs.existsSync(file) ? (parse(fs.readFileSync(file, "utf8")) as { config?: Settings }) : {};
    }

    private git(cwd: string, ...args: readonly string[]): string {
        const env = person(args.includes("rebase") ? "GitHub" : "dev");
        const stdio = ["ignore", "pipe", "pipe"] as const;
        return execFileSync("git", [...args], { cwd, env, encoding: "utf8", stdio: [...stdio] }).trim();
    }
}
