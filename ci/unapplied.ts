import { changedFiles } from "../cli/git";
import type { LastUp } from "../lib/mesh/lastRun";

/** What no run goes by. */
const beside = /\.md$|^(docs|test|bench|examples|\.github|ci)\//;

/**
 * Why it can't be said that a stack's files are those of its last update; undefined where they are.
 *
 * @param folder the checkout, at the commit that would be applied
 */
export async function changedSince(
    folder: string,
    stack: string,
    last: LastUp | undefined,
): Promise<string | undefined> {
    if (last?.commit === undefined) return `- ${stack}: of its last update no commit is known`;
    const short = last.commit.slice(0, 12);
    if (last.isDirty === true)
        return `- ${stack}: its last update was made with files that differ from ${short}`;
    const differing = await filesBetween(folder, last.commit);
    if (differing === undefined)
        return `- ${stack}: the checkout does not have ${short}, its last update's commit`;
    return differing.length === 0
        ? undefined
        : `- ${stack}: ${differing.join(", ")} changed after its last update, at ${short}`;
}

/** Files that differ between a commit and the checkout's own, a few of them; undefined where it is not there. */
async function filesBetween(folder: string, commit: string): Promise<readonly string[] | undefined> {
    const at = (each: string) => ({ name: each, commit: each });
    try {
        const files = await changedFiles(folder, { base: at(commit), head: at("HEAD") });
        return files.filter((name) => !beside.test(name)).slice(0, 5);
    } catch {
        return undefined;
    }
}
