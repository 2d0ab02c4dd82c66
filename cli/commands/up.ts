import type { ClusterOutputs } from "../../lib/mesh/contract";
import { addChanges, changesText, isUnchanged, noChanges, type Changes } from "../engine/events";
import type { CommandLine } from "../commandLine";
import { runHints } from "../hints/runHints";
import type { Failure } from "../engine/diagnosis";
import { driftSentence } from "../engine/gatewayDrift";
import { peersOf, pendingSentences, reasonsForAnotherPass, type Mesh, type PeerRun } from "../plan";
import { exitCode } from "../problem";
import type { Board } from "../print/progress";
import type { RunOptions, RunResult } from "../engine/stacks";
import { duration, table } from "../print/tables";

/** The part of {@link Stacks} that `mesh up` needs. */
export interface UpStacks {
    has(stack: string): boolean;
    create(stack: string): Promise<string | undefined>;
    up(stack: string, options: RunOptions): Promise<RunResult>;
    outputs(stack: string): Promise<ClusterOutputs | undefined>;
    drift(stack: string): Promise<string | undefined>;
}

/** What became of one stack. */
export interface UpReport {
    readonly stack: string;
    readonly changes: Changes;
    readonly seconds: number;
    /** How often it was brought up: 0 when it never came to that. */
    readonly passes: number;
    readonly failure?: Failure;
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
    /** True once nothing new may begin. */
    readonly isStopped: () => boolean;
}

/**
 * Brings the certificate stack up, then the clusters side by side, then once more each cluster that can only now see what
 * it imports. Two passes are always enough: what a cluster exports comes from its own config, so its first run settles it.
 */
export async function meshUp(
    stacks: UpStacks,
    mesh: Mesh,
    board: Board,
    { clusters, refresh, isStopped }: UpOptions,
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

    // A gateway that moved would otherwise be seen by nobody, and the others' calls to it go on failing.
    const [ca, ...drifts] = await Promise.all([
        run(mesh.ca, { refresh }),
        ...clusters.map((cluster) => (refresh ? undefined : stacks.drift(cluster))),
    ]);
    const moved = new Map(clusters.map((cluster, index) => [cluster, drifts[index]]));
    for (const [cluster, drift] of moved) if (drift !== undefined) board.say(driftSentence(cluster, drift));
    const caReport = { ...reportOf(ca), pending: [] };
    finish(board, caReport);
    if (ca.failure !== undefined || ca.interrupted) {
        const why = ca.interrupted ? "not begun" : `not begun, because ${mesh.ca} failed`;
        for (const cluster of clusters) board.finish(cluster, why, "skipped");
        return [caReport, ...clusters.map((cluster) => untouched(cluster))];
    }

    const firstRuns = new Map(
        clusters.map((cluster) => [
            cluster,
            run(cluster, { refresh: refresh || moved.get(cluster) !== undefined }),
        ]),
    );
    const reports = clusters.map(async (cluster) => {
        const first = await (firstRuns.get(cluster) ?? Promise.reject(new Error(cluster)));
        let report = reportOf(first);
        let outputs = first.after;
        if (first.failure === undefined && !first.interrupted && outputs !== undefined) {
            const peers = peersOf(outputs);
            const waiting = peers.filter((peer) => firstRuns.has(peer));
            if (waiting.length > 0) board.update(cluster, `waiting for ${waiting.join(", ")}`);
            const reasons = reasonsForAnotherPass(outputs, await peerRuns(stacks, firstRuns, peers));
            if (reasons.length > 0 && !isStopped()) {
                board.update(cluster, `again: ${reasons.join("; ")}`);
                const second = await run(cluster);
                report = joined(report, reportOf(second));
                outputs = second.after ?? outputs;
            }
        }
        const whole = {
            ...report,
            pending: pendingSentences(cluster, outputs?.pendingImports ?? [], first.before?.imports),
        };
        finish(board, whole);
        return whole;
    });
    return [caReport, ...(await Promise.all(reports))];
}

async function peerRuns(
    stacks: UpStacks,
    firstRuns: ReadonlyMap<string, Promise<RunResult>>,
    peers: readonly string[],
): Promise<ReadonlyMap<string, PeerRun>> {
    const entries = peers.map(async (peer): Promise<[string, PeerRun]> => {
        const first = firstRuns.get(peer);
        if (first !== undefined) {
            const { before, after } = await first;
            return [peer, { before, after }];
        }
        const outputs = stacks.has(peer) ? await stacks.outputs(peer) : undefined;
        return [peer, { before: outputs, after: outputs }];
    });
    return new Map(await Promise.all(entries));
}

type WithoutPending = Omit<UpReport, "pending">;

function reportOf({
    stack,
    changes,
    seconds,
    failure,
    interrupted,
    notes,
    warnings,
}: RunResult): WithoutPending {
    return { stack, changes, seconds, passes: 1, failure, interrupted, notes, warnings };
}

function joined(first: WithoutPending, second: WithoutPending): WithoutPending {
    return {
        stack: first.stack,
        changes: addChanges(first.changes, second.changes),
        seconds: first.seconds + second.seconds,
        passes: first.passes + second.passes,
        failure: second.failure,
        interrupted: second.interrupted,
        notes: [...first.notes, ...second.notes],
        warnings: second.warnings,
    };
}

function untouched(stack: string): UpReport {
    return {
        stack,
        changes: noChanges,
        seconds: 0,
        passes: 0,
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
    const rows = reports.map(({ stack, changes, seconds, passes }) => [
        stack,
        ...(passes === 0
            ? ["-", "-", "-", "-", "-", "-"]
            : [changes.created, changes.updated, changes.replaced, changes.deleted, changes.same].map(
                  String,
              )),
        ...(passes === 0 ? [] : [seconds.toFixed(1)]),
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
