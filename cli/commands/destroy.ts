import type { Look } from "../engine/reach";
import type { RunResult } from "../engine/stackRuns";
import { runHints } from "../hints/runHints";
import type { Mesh } from "../plan";
import type { Board } from "../print/progress";
import { duration } from "../print/tables";
import { Problem } from "../problem";
import type { DestroyOptions, DestroyStacks } from "./destroy/options";
import { preflight } from "./destroy/preflight";
import type { DestroyReport } from "./destroy/report";
import { notBegun, unreachable } from "./destroy/unreachable";

export { abandonSentence } from "./destroy/abandon";
export { confirmProtected } from "./destroy/confirm";
export type { DestroyOptions, DestroyStacks } from "./destroy/options";
export { type DestroyReport, destroyExitCode, destroyText } from "./destroy/report";

/**
 * Destroys the clusters side by side, then the certificate stack, but that only when no cluster still uses its certificates.
 *
 * A cluster that does not answer is found out first: what is in it stays in its stack, unless the user gives it up.
 *
 * @throws Problem when a stack protects something from being deleted, or a cluster that answers is to be given up: before
 * anything is deleted
 */
export async function meshDestroy(
    stacks: DestroyStacks,
    mesh: Mesh,
    board: Board,
    options: DestroyOptions,
): Promise<readonly DestroyReport[]> {
    const clusters = options.clusters ?? mesh.clusters;
    const withCa = options.clusters === undefined;
    const all = withCa ? [...clusters, mesh.ca] : clusters;
    const looks = await preflight(stacks, mesh, all, options);

    const ends = new Map<string, End>();
    const destroy = async (stack: string) => {
        ends.set(stack, await destroyStack(stacks, board, options, stack, looks.get(stack)));
    };
    await Promise.all(clusters.map(destroy));
    const blocked = [...ends.values()].some(
        ({ result }) => result !== undefined && (result.failure !== undefined || result.interrupted),
    );
    if (!withCa) board.finish(mesh.ca, "kept, because --clusters names clusters only", "skipped");
    else if (blocked) board.finish(mesh.ca, "kept, because a cluster still uses its certificates", "skipped");
    else await destroy(mesh.ca);

    await stacks.relist();
    const reports: DestroyReport[] = [];
    for (const stack of all)
        reports.push(await reportOf(stacks, options, stack, ends.get(stack) ?? { isKept: true }));
    return reports;
}

/** What was done about one stack. */
interface End {
    /** How the run of Pulumi ended; undefined where there was none. */
    readonly result?: RunResult;
    /** Number of resources that were forgotten with the stack. */
    readonly forgotten?: number;
    /** Whether it was left alone for the sake of others. */
    readonly isKept?: boolean;
}

/** @param look what was seen of its cluster; undefined for a stack that holds nothing in one */
async function destroyStack(
    stacks: DestroyStacks,
    board: Board,
    { command, abandoned }: DestroyOptions,
    stack: string,
    look: Look = { state: "answers" },
): Promise<End> {
    const resources = stacks.resources(stack);
    if (!stacks.has(stack) || resources === 0) {
        board.finish(stack, stacks.has(stack) ? "already empty" : "there is no such stack", "skipped");
        return {};
    }
    if (look.state !== "answers" && abandoned.includes(stack)) {
        await stacks.abandon(stack);
        board.finish(stack, `${resources} resources forgotten`, "done");
        return { forgotten: resources };
    }
    const onProgress = (text: string, isNews: boolean) => {
        board.update(stack, text, isNews);
    };
    const result =
        look.state === "answers"
            ? await stacks.destroy(stack, { onProgress })
            : notBegun(stack, unreachable(stack, resources, look, command, stacks.place(stack)));
    if (result.interrupted) board.finish(stack, "stopped", "failed");
    else if (result.failure !== undefined) board.finish(stack, "failed", "failed");
    else board.finish(stack, `${result.changes.deleted} deleted in ${duration(result.seconds)}`, "done");
    return { result };
}

/** Says what became of a stack, after it is forgotten where that is asked for and nothing is left in it. */
async function reportOf(
    stacks: DestroyStacks,
    { command, remove }: DestroyOptions,
    stack: string,
    { result, forgotten, isKept = false }: End,
): Promise<DestroyReport> {
    const { failure, interrupted = false, seconds = 0, notes = [] } = result ?? {};
    const common = { stack, deleted: result?.changes.deleted ?? 0, seconds, failure, interrupted, notes };
    const remaining = stacks.resources(stack);
    if (forgotten !== undefined) return { ...common, remaining: forgotten, state: "abandoned" };
    if (!stacks.has(stack)) return { ...common, state: "absent" };
    if (isKept) return { ...common, remaining, state: "kept" };
    if (failure !== undefined || interrupted || remaining > 0) return { ...common, remaining, state: "left" };
    if (!remove) return { ...common, remaining, state: "empty" };
    try {
        await stacks.remove(stack);
        return { ...common, state: "removed" };
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const left = { messages: [error.message], nextStep: error.nextStep ?? runHints.mend(command) };
        return { ...common, remaining, state: "left", failure: left };
    }
}
