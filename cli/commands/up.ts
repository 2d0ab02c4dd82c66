import { changesText, isUnchanged, noChanges, type Changes } from "../engine/events";
import type { CommandLine } from "../commandLine";
import { runHints } from "../hints/runHints";
import type { Failure } from "../engine/diagnosis";
import { driftSentence } from "../engine/gatewayDrift";
import { pendingSentences, type Mesh } from "../plan";
import type { ObjectChange } from "../engine/objectChange";
import { exitCode } from "../problem";
import type { Board } from "../print/progress";
import type { RunOptions, RunResult } from "../engine/stackRuns";
import { duration, table } from "../print/tables";

/** The part of {@link Stacks} that `mesh up` needs. */
export interface UpStacks {
    has(stack: string): boolean;
    create(stack: string): Promise<string | undefined>;
    up(stack: string, options: RunOptions): Promise<RunResult>;
    drift(stack: string): Promise<string | undefined>;
}

/** What became of one stack. */
export interface UpReport {
    readonly stack: string;
    readonly changes: Changes;
    /** The objects that were changed, as a preview lists them. */
    readonly done: readonly ObjectChange[];
    readonly seconds: number;
    /** False when it never came to that. */
    readonly ran: boolean;
    readonly failure?: Failure;
    /** What violates a policy, a sentence each; absent where nothing does. */
    readonly violations?: readonly string[];
    readonly interrupted: boolean;
    readonly notes: readonly string[];
    /** What the program warned of. */
    readonly warnings: readonly string[];
    /** Sentences about imports that still wait. */
    readonly pending: readonly string[];
}

/** What to bring up, and how. */
export interface UpOptions {
    /** Clusters to bring up, some or all of the mesh's. */
    readonly clusters: readonly string[];
    readonly refresh: boolean;
}

/**
 * Brings all stacks up side by side, once: what one needs of another's run it gets while both run. Nothing of a cluster is
 * written before the certificate stack is up.
 */
export async function meshUp(
    stacks: UpStacks,
    mesh: Mesh,
    board: Board,
    { clusters, refresh }: UpOptions,
): Promise<readonly UpReport[]> {
    // A cluster's program reads its peers' stacks, which therefore have to exist, even if empty.
    const made = [mesh.ca, ...mesh.clusters].filter((stack) => !stacks.has(stack));
    const repairs = await Promise.all(made.map((stack) => stacks.create(stack)));
    for (const repair of repairs) if (repair !== undefined) board.say(repair);

    const run = (stack: string, options: RunOptions = {}) =>
        stacks.up(stack, {
            ...options,
            onProgress: (text, isNews) => {
                board.update(stack, text, isNews);
            },
        });

    const certificates = run(mesh.ca, { refresh }).then((result) => {
        const report = { ...reportOf(result), pending: [] };
        finish(board, report);
        return report;
    });
    const reports = clusters.map(async (cluster) => {
        // A gateway that moved would otherwise be seen by nobody, and the others' calls to it go on failing.
        const drift = refresh ? undefined : await stacks.drift(cluster);
        if (drift !== undefined) board.say(driftSentence(cluster, drift));
        const result = await run(cluster, { refresh: refresh || drift !== undefined });
        // Its program has waited for the certificates and found that there is nothing to begin with.
        if ((await certificates).failure !== undefined) {
            board.finish(cluster, `not begun, because ${mesh.ca} failed`, "skipped");
            return untouched(cluster);
        }
        const { before, after } = result;
        const report = {
            ...reportOf(result),
            pending: pendingSentences(cluster, after?.pendingImports ?? [], before?.imports),
        };
        finish(board, report);
        return report;
    });
    return Promise.all([certificates, ...reports]);
}

type WithoutPending = Omit<UpReport, "pending">;

function reportOf({
    stack,
    changes,
    done,
    seconds,
    failure,
    violations,
    interrupted,
    notes,
    warnings,
}: RunResult): WithoutPending {
    const violating = violations && { violations };
    return { stack, changes, done, seconds, ran: true, failure, ...violating, interrupted, notes, warnings };
}

/** The report of a stack that nothing was done with. */
export function untouched(stack: string): UpReport {
    return {
        stack,
        changes: noChanges,
        done: [],
        seconds: 0,
        ran: false,
        interrupted: false,
        notes: [],
        warnings: [],
        pending: [],
    };
}

function finish(board: Board, report: UpReport): void {
    if (report.failure !== undefined) board.finish(report.stack, "failed", "failed");
    else if (report.interrupted) board.finish(report.stack, "stopped", "failed");
    else board.finish(report.stack, `${changesText(report.changes)} in ${duration(report.seconds)}`, "done");
}

/** Exit code of `mesh up`. */
export function upExitCode(reports: readonly UpReport[]): number {
    if (reports.some(({ interrupted }) => interrupted)) return exitCode.interrupted;
    if (reports.some(({ failure }) => failure !== undefined)) return exitCode.failed;
    return reports.some(({ pending }) => pending.length > 0) ? exitCode.incomplete : exitCode.ok;
}

/** The text that `mesh up` ends with: a table, then what failed, what waits, and what to do. */
export function upText(reports: readonly UpReport[], command: CommandLine): string {
    const rows = reports.map(({ stack, changes, seconds, ran }) => [
        stack,
        ...(!ran
            ? ["-", "-", "-", "-", "-", "-"]
            : [changes.created, changes.updated, changes.replaced, changes.deleted, changes.same].map(
                  String,
              )),
        ...(ran ? [seconds.toFixed(1)] : []),
    ]);
    const parts = [table(["stack", "created", "updated", "replaced", "deleted", "same", "seconds"], rows)];
    const notes = noteLines(reports);
    if (notes.length > 0) parts.push(notes.join("\n"));
    const warnings = warningLines(reports);
    if (warnings.length > 0) parts.push(warnings.join("\n"));
    for (const { stack, failure } of reports)
        if (failure !== undefined) parts.push(failureText(stack, failure));
    if (reports.some(({ interrupted }) => interrupted)) {
        parts.push(runHints.stopped(command).text);
        return parts.join("\n\n");
    }
    const pending = reports.flatMap((report) => report.pending);
    if (pending.length > 0) parts.push([...pending, runHints.stillWaiting(command)].join("\n"));
    if (reports.every(({ failure, changes }) => failure === undefined && isUnchanged(changes)))
        parts.push("Nothing changed in any stack.");
    return parts.join("\n\n");
}

/** `STACK: TEXT` of each repair. */
export function noteLines(
    reports: readonly { readonly stack: string; readonly notes: readonly string[] }[],
): readonly string[] {
    return reports.flatMap(({ stack, notes }) => notes.map((text) => `${stack}: ${text}`));
}

/** `STACK warns: TEXT` of each warning. */
export function warningLines(
    reports: readonly { readonly stack: string; readonly warnings: readonly string[] }[],
): readonly string[] {
    return reports.flatMap(({ stack, warnings }) => warnings.map((text) => `${stack} warns: ${text}`));
}

/** A failed stack: Pulumi's messages, indented, and the next step. */
export function failureText(stack: string, { messages, nextStep }: Failure): string {
    const said = messages.flatMap((message) => message.split("\n")).map((line) => `  ${line}`.trimEnd());
    return [`${stack} failed:`, ...said, `Next: ${String(nextStep)}`].join("\n");
}
