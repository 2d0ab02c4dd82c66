import type { TouchedHost } from "./owners";
import type { Failure } from "../engine/diagnosis";
import { changesText, isUnchanged, type Changes } from "../engine/events";
import { driftSentence } from "../engine/gatewayDrift";
import type { ObjectChange } from "../engine/objectChange";
import { changesTable } from "../print/objectChanges";
import type { Mesh } from "../plan";
import { exitCode } from "../problem";
import type { Board } from "../print/progress";
import type { RunOptions, RunResult } from "../engine/stackRuns";
import { failureText, warningLines } from "./up";

/** The part of {@link Stacks} that `mesh preview` needs. */
export interface PreviewStacks {
    has(stack: string): boolean;
    preview(stack: string, options: RunOptions): Promise<RunResult>;
    drift(stack: string): Promise<string | undefined>;
}

/** What to preview, and how. */
export interface PreviewOptions {
    /** Clusters to preview, some or all of the mesh's. */
    readonly clusters: readonly string[];
    readonly refresh: boolean;
}

/** What one stack's preview foresees. */
export interface PreviewReport {
    readonly stack: string;
    readonly changes?: Changes;
    readonly planned: readonly ObjectChange[];
    readonly failure?: Failure;
    /** What violates a policy, a sentence each; absent where nothing does. */
    readonly violations?: readonly string[];
    readonly interrupted: boolean;
    /** What the program warned of. */
    readonly warnings: readonly string[];
    /** Services of which something would change, and whose they are, by the files; absent where nobody has looked. */
    readonly touched?: readonly TouchedHost[];
}

/**
 * Previews all stacks side by side; the clusters' programs wait for what is foreseen of the certificates. Nothing is written to
 * the backend: a stack that does not exist yet is previewed beside a copy of the others' states.
 */
export async function meshPreview(
    stacks: PreviewStacks,
    mesh: Mesh,
    board: Board,
    { clusters, refresh }: PreviewOptions,
): Promise<readonly PreviewReport[]> {
    for (const stack of [mesh.ca, ...clusters])
        if (!stacks.has(stack)) board.say(`Stack "${stack}" is new: mesh up makes it.`);

    const preview = async (stack: string): Promise<PreviewReport> => {
        const drift = refresh || stack === mesh.ca ? undefined : await stacks.drift(stack);
        const onProgress = (text: string) => {
            board.update(stack, text);
        };
        if (drift !== undefined) board.say(driftSentence(stack, drift));
        const result = await stacks.preview(stack, { refresh: refresh || drift !== undefined, onProgress });
        if (isUnseen(result)) board.finish(stack, result.interrupted ? "stopped" : "failed", "failed");
        else board.finish(stack, foreseen(result.changes, result.planned), "done");
        const { changes, planned, failure, violations, interrupted, warnings } = result;
        const foreseenChanges = failure === undefined ? changes : undefined;
        const violating = violations && { violations };
        return { stack, changes: foreseenChanges, planned, failure, ...violating, interrupted, warnings };
    };

    return Promise.all([mesh.ca, ...clusters].map((stack) => preview(stack)));
}

/** Whether a stack could not be looked at to the end. */
export function isUnseen({ failure, interrupted }: Pick<PreviewReport, "failure" | "interrupted">): boolean {
    return failure !== undefined || interrupted;
}

/** Exit code of `mesh preview`. */
export function previewExitCode(reports: readonly PreviewReport[], expectNoChanges: boolean): number {
    if (reports.some(({ interrupted }) => interrupted)) return exitCode.interrupted;
    if (reports.some(({ failure }) => failure !== undefined)) return exitCode.failed;
    const changing = reports.some(({ planned }) => planned.length > 0);
    return expectNoChanges && changing ? exitCode.failed : exitCode.ok;
}

/** The text of `mesh preview`: for each stack its changes and their totals. */
export function previewText(reports: readonly PreviewReport[]): string {
    const parts = reports.map((report) => {
        const { stack, changes, planned, failure } = report;
        if (failure !== undefined) return failureText(stack, failure);
        if (changes === undefined) return `${stack}: stopped`;
        const head = `${stack}: ${foreseen(changes, planned)}`;
        if (planned.length === 0) return head;
        return `${head}\n${changesTable(planned)}`;
    });
    const warnings = warningLines(reports);
    return [...parts, ...(warnings.length > 0 ? [warnings.join("\n")] : [])].join("\n\n");
}

/** `3 to be created, 1 to be updated, 1 may change`, or `no change`. */
export function foreseen(changes: Changes, planned: readonly ObjectChange[]): string {
    const uncertain = planned.filter(({ mayStay }) => mayStay).length;
    const certain = { ...changes, updated: Math.max(0, changes.updated - uncertain) };
    const parts = [
        ...(isUnchanged(certain) ? [] : [changesText(certain).replaceAll(/(\d+) /g, "$1 to be ")]),
        ...(uncertain === 0 ? [] : [`${uncertain} may change`]),
    ];
    return parts.length === 0 ? "no change" : parts.join(", ");
}
