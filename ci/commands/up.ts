import { previewMark } from "../../cli/print/previewMarkdown";
import { foreseenBefore, github, markOf, optional, required, reviewKey, say, subject } from "../job";
import { applyMesh } from "../mesh";
import { exitCode, Refusal } from "../problem";
import { notReviewed, reviewedSteps } from "../reviewed";

/**
 * Ends the job where something would be done that nobody has seen in the pull request. What a person has started with this very
 * commit was seen: the environment's reviewers approve it.
 */
export async function check(): Promise<void> {
    const commit = required("COMMIT", "hash of the commit on the default branch");
    if (optional("APPROVED") === commit) {
        say(`${commit} was named by a person, and approved by the environment's reviewers.`);
        return;
    }
    const differences = await differencesOf(commit);
    if (differences.length === 0) return;
    throw new Refusal(
        [
            ...differences,
            `Nothing was applied. Look at this job's preview; to apply exactly ${commit}, start the workflow "up" by hand with it.`,
        ].join("\n"),
        exitCode.differs,
    );
}

async function differencesOf(commit: string): Promise<readonly string[]> {
    const reports = foreseenBefore("preview.json") ?? [];
    const hub = await github();
    const merged = await hub.mergedAs(commit);
    if (merged === undefined) return [`${commit} came with no pull request, so nobody has reviewed it.`];
    const about = subject(merged.number, merged.head);
    const comments = await hub.comments(merged.number, markOf(previewMark));
    const reviewed = comments
        .map(({ body }) => reviewedSteps(body, about, reviewKey()))
        .find((steps) => steps !== undefined);
    const pull = `pull request ${merged.number}`;
    if (reviewed === undefined)
        return [
            `The preview in ${pull} is not of its last commit ${merged.head.slice(0, 12)}, or not signed by this key, or was changed.`,
        ];
    const others = notReviewed(reports, reviewed, about, reviewKey());
    if (others.length > 0)
        return [
            `This would be done now, and was not foreseen in ${pull}:`,
            ...others.map((each) => `- ${each}`),
        ];
    say(`As reviewed in ${pull}.`);
    return [];
}

/** Ends the job where GitHub would let anybody do what the environment's secrets allow. */
export async function requireApproval(name: string): Promise<void> {
    if (optional("MESH_APPROVAL") === "elsewhere") {
        say("Who approves is seen to elsewhere, says the variable MESH_APPROVAL.");
        return;
    }
    if (await (await github()).hasReviewers(name)) return;
    throw new Refusal(
        `The environment "${name}" has no required reviewers, so nobody would have to approve. Set them in the repository's ` +
            `settings; where the plan has none, let the job start by hand only and say so with the variable MESH_APPROVAL=elsewhere.`,
    );
}

/** Applies the mesh, but for clusters that did not answer the preview. */
export async function up(): Promise<void> {
    process.exitCode = await applyMesh();
}
