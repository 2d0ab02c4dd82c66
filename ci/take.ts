import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { exitCode, Refusal } from "./problem";
import { type ChangedFile, isData, reasonsToWait } from "./waits";

/** What became of a pull request's files. */
export interface Taken {
    /** Files that the checkout now has as merging would give them. */
    readonly taken: readonly string[];
    /** Files that it has as before, because they are code. */
    readonly leftOut: readonly string[];
}

/**
 * Puts what a pull request changes of exports and imports into the checked out default branch, as merging it would. Nothing
 * else of it is touched, and nothing of it is run.
 *
 * @param head hash of the pull request's last commit, which has been fetched
 * @param project the project's name
 * @param isApproved whether a person has looked at this commit: then all of its stacks' and teams' files are taken
 * @throws Refusal where it changes anything else, with every reason, or can't be merged
 */
export function takeData(folder: string, head: string, project: string, isApproved: boolean): Taken {
    const files = changedFiles(folder, mergedTree(folder, head));
    const reasons = reasonsToWait(files, project);
    if (reasons.length > 0 && !isApproved)
        throw new Refusal(
            "A person has to look at this pull request before it is previewed, since it changes more than exports and imports:\n\n" +
                reasons.map((each) => `- ${each}`).join("\n") +
                `\n\nThen start the workflow "preview" by hand with its branch and ${head}.`,
            exitCode.waits,
        );
    const data = files.filter(isData);
    for (const { path: name, after } of data) {
        const file = path.join(folder, name);
        if (after === undefined) fs.rmSync(file, { force: true });
        else {
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, after);
        }
    }
    const names = (some: readonly ChangedFile[]) => some.map((file) => file.path);
    return { taken: names(data), leftOut: names(files.filter((file) => !isData(file))) };
}

/**
 * Fetches a reference of the repository that was checked out.
 *
 * @param token what to sign in with, which goes into no file and no command line; empty for a public repository
 */
export function fetchCommit(folder: string, reference: string, token: string): void {
    const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    const signIn = {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "http.extraheader",
        GIT_CONFIG_VALUE_0: header,
    };
    try {
        execFileSync("git", ["fetch", "--quiet", "--no-tags", "origin", reference], {
            cwd: folder,
            env: { ...process.env, ...(token !== "" && signIn), GIT_TERMINAL_PROMPT: "0" },
            stdio: ["ignore", "pipe", "pipe"],
        });
    } catch (error) {
        const words = String((error as { readonly stderr?: Buffer }).stderr ?? "").trim();
        throw new Refusal(`git could not fetch ${reference}: ${words.split("\n").at(-1) ?? ""}`);
    }
}

/** The tree that merging would give. */
function mergedTree(folder: string, head: string): string {
    try {
        return (
            git(folder, ["merge-tree", "--write-tree", "--no-messages", "HEAD", head])
                .trim()
                .split("\n")[0] ?? ""
        );
    } catch (error) {
        const { status } = error as { readonly status?: number };
        throw new Refusal(
            status === 1
                ? "The pull request can't be merged as it is: merge the default branch into it, then it is previewed."
                : `git could not merge ${head}: ${(error as Error).message.split("\n")[0] ?? ""}`,
        );
    }
}

const plainModes = ["000000", "100644"];

function changedFiles(folder: string, tree: string): readonly ChangedFile[] {
    const fields = git(folder, ["diff-tree", "-r", "-z", "--no-renames", "HEAD", tree]).split("\0");
    const files: ChangedFile[] = [];
    for (let index = 0; index + 1 < fields.length; index += 2) {
        const [oldMode = "", newMode = "", oldBlob = "", newBlob = ""] = (fields[index] ?? "")
            .slice(1)
            .split(" ");
        // Anything else, such as a link or a submodule, has no text that would be looked at.
        const isPlain = [oldMode, newMode].every((mode) => plainModes.includes(mode));
        const [before, after] = isPlain ? [textOf(folder, oldBlob), textOf(folder, newBlob)] : [];
        files.push({
            path: fields[index + 1] ?? "",
            ...(before !== undefined && { before }),
            ...(after !== undefined && { after }),
            isPlain,
        });
    }
    return files;
}

function textOf(folder: string, blob: string): string | undefined {
    return /^0+$/.test(blob) ? undefined : git(folder, ["cat-file", "blob", blob]);
}

function git(folder: string, args: readonly string[]): string {
    return execFileSync("git", [...args], {
        cwd: folder,
        encoding: "utf8",
        maxBuffer: 2 ** 28,
        stdio: ["ignore", "pipe", "pipe"],
    });
}
