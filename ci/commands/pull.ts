import * as fs from "node:fs";
import { longestComment, previewMark, previewMarkdown } from "../../cli/print/previewMarkdown";
import { projectName } from "../../cli/stackFiles";
import {
    folder,
    foreseenBefore,
    github,
    markOf,
    noteFile,
    optional,
    required,
    reviewKey,
    say,
    subject,
} from "../job";
import type { GitHub } from "../github";
import { previewMesh } from "../mesh";
import { exitCode, Refusal } from "../problem";
import { signedComment } from "../reviewed";
import { fetchCommit, takeData } from "../take";

const head = () => required("HEAD", "hash of the pull request's last commit");
const numberOf = async (hub: GitHub): Promise<number> => {
    const found = await hub.openWith(required("BRANCH", "OWNER:NAME of the pull request's branch"), head());
    if (found === undefined)
        throw new Refusal(
            `No open pull request has ${head()} as its last commit any more; nothing is to be done.`,
        );
    return found;
};

/**
 * Puts a pull request's exports and imports into the checkout. Where it changes anything else, what that is goes to the step
 * that comments, and the job ends here, unless a person has named this commit.
 */
export async function take(): Promise<void> {
    const number = await numberOf(await github());
    fetchCommit(folder, `refs/pull/${number}/head`, optional("GITHUB_TOKEN"));
    const isApproved = optional("APPROVED") === head();
    try {
        const { taken, leftOut } = takeData(folder, head(), projectName(folder), isApproved);
        say(
            taken.length > 0
                ? `Taken: ${taken.join(", ")}`
                : "The pull request changes nothing of a stack or a team.",
        );
        if (leftOut.length > 0) say(`Not taken, and not run: ${leftOut.join(", ")}`);
    } catch (error) {
        if (error instanceof Refusal) fs.writeFileSync(noteFile("refusal"), error.message);
        throw error;
    }
}

/** Previews the mesh. It fails where a stack's preview does, unless its cluster does not answer. */
export async function preview(): Promise<void> {
    process.exitCode = await previewMesh();
}

/** Writes the comment, also of a job that was not let preview. */
export async function comment(): Promise<void> {
    const hub = await github();
    const number = await numberOf(hub);
    const mark = markOf(previewMark);
    console.log(`The comment is ${await hub.comment(number, mark, commentText(number, mark))}.`);
}

function commentText(pull: number, mark: string): string {
    const title = `${mark}\nFor commit ${head().slice(0, 12)}:\n`;
    const reports = foreseenBefore("preview.json");
    if (reports === undefined || reports.length === 0) {
        const refusal = fs.existsSync(noteFile("refusal"))
            ? fs.readFileSync(noteFile("refusal"), "utf8")
            : undefined;
        return `${title}\n${refusal ?? "There is no preview: the job that makes it has failed. Its log says why."}\n`;
    }
    return signedComment(reports, subject(pull, head()), reviewKey(), longestComment, (room) => {
        if (room < longestComment / 2)
            throw new Refusal(
                "So much would change that it can't be signed in one comment; change less at once.",
                exitCode.failed,
            );
        return previewMarkdown(reports, room - title.length).replace(previewMark, title);
    });
}
