import { exitCode } from "../problem";
import type { Mesh } from "../plan";
import type { Board } from "../print/progress";
import { meshPreview, type PreviewOptions, type PreviewReport, type PreviewStacks } from "./preview";
import { untouched, type UpReport } from "./up";

/** What keeps an update from beginning, and with which code it ends; undefined where nothing does. */
export type Refusal = { readonly reports: readonly UpReport[]; readonly code: number } | undefined;

/**
 * Previews an update whose stacks are held to policies: the update itself would find what violates them in the middle. Where
 * anything does, no stack is touched. What else a preview fails at is for the update to say.
 */
export async function refusedByPolicies(
    stacks: PreviewStacks,
    mesh: Mesh,
    board: Board,
    options: PreviewOptions,
): Promise<Refusal> {
    const foreseen = await meshPreview(stacks, mesh, lookingAhead(board), options);
    if (foreseen.some(({ interrupted }) => interrupted))
        return { reports: foreseen.map(left), code: exitCode.interrupted };
    if (!foreseen.some(({ violations }) => violations)) return undefined;
    for (const { stack, violations } of foreseen)
        board.finish(
            stack,
            violations ? "refused by policies" : "not begun",
            violations ? "failed" : "skipped",
        );
    return { reports: foreseen.map(left), code: exitCode.failed };
}

/** The report of a stack that the update has not begun with. */
function left({ stack, failure, violations, interrupted, warnings }: PreviewReport): UpReport {
    return { ...untouched(stack), interrupted, warnings, ...(violations && { failure, violations }) };
}

/** A board whose rows stay for the update. */
function lookingAhead(board: Board): Board {
    return {
        update: (stack, text, isNews) => {
            board.update(stack, `looks ahead for the policies: ${text}`, isNews);
        },
        say: (sentence) => {
            board.say(sentence);
        },
        finish: () => undefined,
        close: () => Promise.resolve(),
    };
}
