import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { Problem } from "./problem";
import { fileHints } from "./hints/fileHints";

/** A state of the files: a commit, or the folder as it is. */
export interface Revision {
    /** What it is called in what people read. */
    readonly name: string;
    /** Its commit's hash; undefined for the folder as it is, with what is not committed. */
    readonly commit?: string;
}

/** The folder as it is. */
export const asTheyAre: Revision = { name: "the files as they are" };

/** The two states that a diff is between. */
export interface Range {
    readonly base: Revision;
    readonly head: Revision;
}

/** Branches that changes go to, the first of which that is there counts. */
const mainBranches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/**
 * What a diff is between: the commit at which the present branch has left the main one and the folder as it is, or what is
 * typed: a revision, or two with `..` between.
 *
 * @throws Problem where that can't be found
 */
export async function findRange(folder: string, typed: string | undefined): Promise<Range> {
    await git(folder, ["rev-parse", "--git-dir"]).catch((error: unknown) => {
        throw new Problem(
            `${folder} is not in a git repository: ${wordsOf(error)}`,
            fileHints.noRepository(),
        );
    });
    if (typed === undefined) return { base: await mergeBase(folder), head: asTheyAre };
    const [base = "", head, ...more] = typed.split(/\.{2,3}/);
    if (more.length > 0 || base === "" || head === "")
        throw new Problem(
            `"${typed}" is neither a revision nor two with ".." between.`,
            fileHints.revisions(),
        );
    return {
        base: await revision(folder, base),
        head: head === undefined ? asTheyAre : await revision(folder, head),
    };
}

async function mergeBase(folder: string): Promise<Revision> {
    for (const branch of mainBranches) {
        const commit = await git(folder, ["rev-parse", "--verify", "--quiet", `${branch}^{commit}`]).catch(
            () => "",
        );
        if (commit === "") continue;
        const common = await git(folder, ["merge-base", "HEAD", branch]).catch(() => "");
        if (common !== "")
            return { name: `${common.slice(0, 8)}, where this branch has left ${branch}`, commit: common };
        throw new Problem(
            `HEAD and ${branch} have no commit in common here${(await isShallow(folder)) ? ", since the clone is shallow" : ""}.`,
            fileHints.fetchMore(branch),
        );
    }
    throw new Problem(
        `There is no main branch to compare with: none of ${mainBranches.join(", ")} is here.`,
        fileHints.revisions(),
    );
}

async function revision(folder: string, name: string): Promise<Revision> {
    // A name that begins so would be an option of git's.
    const commit = name.startsWith("-")
        ? ""
        : await git(folder, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]).catch(() => "");
    if (commit === "")
        throw new Problem(
            `"${name}" is no revision of this repository${(await isShallow(folder)) ? ", whose clone is shallow" : ""}.`,
            fileHints.fetchMore(name),
        );
    return { name: name === commit ? commit.slice(0, 8) : `${name} (${commit.slice(0, 8)})`, commit };
}

async function isShallow(folder: string): Promise<boolean> {
    return (await git(folder, ["rev-parse", "--is-shallow-repository"]).catch(() => "")) === "true";
}

/**
 * The texts of a folder's own files whose names fit, by their place in the folder, as they were in a revision.
 *
 * @param inner a folder in it whose files are meant, and not its own
 */
export async function filesAt(
    folder: string,
    { commit }: Revision,
    fits: (name: string) => boolean,
    inner?: string,
): Promise<ReadonlyMap<string, string>> {
    const prefix = inner === undefined ? "" : `${inner}/`;
    if (commit === undefined) {
        const place = path.join(folder, prefix);
        const isFolder = fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
        const names = (isFolder ? fs.readdirSync(place, { withFileTypes: true }) : [])
            .filter((entry) => !entry.isDirectory() && fits(entry.name))
            .map(({ name }) => name);
        return new Map(
            names.map((name) => [`${prefix}${name}`, fs.readFileSync(path.join(place, name), "utf8")]),
        );
    }
    // Both relative to the folder, wherever in the repository it is.
    const listed = await git(folder, ["ls-tree", "-z", "--name-only", commit, `./${prefix}`]);
    const names = listed.split("\0").filter((name) => name !== "" && fits(path.basename(name)));
    const texts = await Promise.all(
        names.map(async (name) => [name, await git(folder, ["show", `${commit}:./${name}`], false)] as const),
    );
    return new Map(texts);
}

/** The files that differ between two states, relative to the folder; those outside of it begin with `../`. */
export async function changedFiles(folder: string, { base, head }: Range): Promise<readonly string[]> {
    const commits = [base.commit, head.commit].flatMap((commit) => commit ?? []);
    const changed = await git(folder, [
        "diff",
        "--name-only",
        "--no-renames",
        "--relative",
        "-z",
        ...commits,
        "--",
    ]);
    const untracked =
        head.commit === undefined
            ? await git(folder, ["ls-files", "--others", "--exclude-standard", "-z", "--", "."])
            : "";
    return [...new Set(`${changed}\0${untracked}`.split("\0").filter((name) => name !== ""))].sort();
}

/** A commit that changed some files. */
export interface Commit {
    readonly hash: string;
    /** `YYYY-MM-DD`. */
    readonly date: string;
    readonly author: string;
    readonly subject: string;
}

/** The commits that changed files whose names fit a pattern of git's, the newest first. */
export async function commitsOf(folder: string, pathspecs: readonly string[]): Promise<readonly Commit[]> {
    const format = "%H%x1f%as%x1f%aN%x1f%s";
    const text = await git(folder, ["log", "--no-merges", `--format=${format}`, "-z", "--", ...pathspecs]);
    return text
        .split("\0")
        .filter((line) => line !== "")
        .map((line) => {
            const [hash = "", date = "", author = "", subject = ""] = line.trim().split("\x1f");
            return { hash, date, author, subject };
        });
}

async function git(folder: string, args: readonly string[], isTrimmed = true): Promise<string> {
    const options = { cwd: folder, maxBuffer: 2 ** 28, env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } };
    const { stdout } = await promisify(execFile)("git", [...args], options);
    return isTrimmed ? stdout.trim() : stdout;
}

function wordsOf(error: unknown): string {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "git is not on PATH";
    return (error as Error).message.trim().split("\n").at(-1) ?? "";
}
