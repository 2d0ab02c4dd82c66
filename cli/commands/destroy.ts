import type { CommandLine } from "../commandLine";
import type { Failure } from "../engine/diagnosis";
import { noChanges } from "../engine/events";
import type { Holdings } from "../engine/holdings";
import type { Look, Place } from "../engine/reach";
import { runHints } from "../hints/runHints";
import type { Mesh } from "../plan";
import { exitCode, Problem } from "../problem";
import type { Board } from "../print/progress";
import type { RunOptions, RunResult } from "../engine/stacks";
import { duration, table } from "../print/tables";
import { failureText, noteLines } from "./up";

/** The part of {@link Stacks} that `mesh destroy` needs. */
export interface DestroyStacks {
    has(stack: string): boolean;
    resources(stack: string): number;
    relist(): Promise<void>;
    holdings(stack: string): Promise<Holdings>;
    destroy(stack: string, options: RunOptions): Promise<RunResult>;
    remove(stack: string): Promise<void>;
    abandon(stack: string): Promise<void>;
    look(stack: string): Promise<Look>;
    place(stack: string): Place | undefined;
}

/** What to destroy, and how. */
export interface DestroyOptions {
    /** The command that was typed. */
    readonly command: CommandLine;
    /** Clusters to destroy; the certificates stay then. Without it all of them go, and the certificates too. */
    readonly clusters?: readonly string[] | undefined;
    /** Forget the stacks as well; their config files stay. */
    readonly remove: boolean;
    /** Clusters to forget without deleting what is in them, because they don't answer. */
    readonly abandoned: readonly string[];
}

/** What became of one stack. */
export interface DestroyReport {
    readonly stack: string;
    readonly deleted: number;
    readonly seconds: number;
    /** Resources left in its state; undefined when the stack itself is gone or never was. */
    readonly remaining?: number;
    readonly state: "empty" | "removed" | "absent" | "left" | "kept" | "abandoned";
    readonly failure?: Failure;
    readonly interrupted: boolean;
    /** Sentences about repairs that were made on the way. */
    readonly notes: readonly string[];
}

/**
 * Says what a destroy that gives up clusters does, before it does it, or undefined where it gives up none: it destroys the
 * others as any destroy does.
 *
 * @throws Problem when a cluster is to be given up that is not to be destroyed
 */
export function abandonSentence(
    stacks: Pick<DestroyStacks, "resources">,
    mesh: Mesh,
    { clusters, abandoned }: DestroyOptions,
): string | undefined {
    if (abandoned.length === 0) return undefined;
    const scope = clusters ?? mesh.clusters;
    const outside = abandoned.filter((name) => !scope.includes(name));
    if (outside.length > 0)
        throw new Problem(`--abandon names ${outside.join(", ")}, which --clusters leaves out.`);
    const counted = (stack: string) => `${stack} (${stacks.resources(stack)} resources)`;
    const others = scope.filter((name) => !abandoned.includes(name)).map(counted);
    if (clusters === undefined) others.push(`the certificates, stack ${counted(mesh.ca)}`);
    return (
        `Forgets ${abandoned.map(counted).join(", ")} and leaves what is there. ` +
        (others.length === 0 ? "Touches no other stack." : `Destroys: ${others.join("; ")}.`)
    );
}

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
    const { command, remove, abandoned } = options;
    const scope = options.clusters ?? mesh.clusters;
    const withCa = options.clusters === undefined;
    const all = withCa ? [...scope, mesh.ca] : scope;
    const holdings = await readHoldings(stacks, all);
    refuseProtected(holdings, mesh, options);
    const isInCluster = (stack: string) =>
        mesh.clusters.includes(stack) && holdings.get(stack)?.isSomewhere === true;
    const looks = await lookAtAll(stacks, scope.filter(isInCluster));
    refuseAbandoning(looks, options);

    const forgotten = new Map<string, number>();
    const one = async (stack: string): Promise<RunResult | undefined> => {
        if (!stacks.has(stack) || stacks.resources(stack) === 0) {
            board.finish(stack, stacks.has(stack) ? "already empty" : "there is no such stack", "skipped");
            return undefined;
        }
        const onProgress = (text: string, isNews: boolean) => {
            board.update(stack, text, isNews);
        };
        const resources = stacks.resources(stack);
        const look = looks.get(stack) ?? { state: "answers" };
        if (look.state !== "answers" && abandoned.includes(stack)) {
            await stacks.abandon(stack);
            forgotten.set(stack, resources);
            board.finish(stack, `${resources} resources forgotten`, "done");
            return undefined;
        }
        const result =
            look.state === "answers"
                ? await stacks.destroy(stack, { onProgress })
                : refused(stack, unreachable(stack, resources, look, command, stacks.place(stack)));
        if (result.interrupted) board.finish(stack, "stopped", "failed");
        else if (result.failure !== undefined) board.finish(stack, "failed", "failed");
        else board.finish(stack, `${result.changes.deleted} deleted in ${duration(result.seconds)}`, "done");
        return result;
    };

    const results = new Map<string, RunResult | undefined>();
    await Promise.all(
        scope.map(async (cluster) => {
            results.set(cluster, await one(cluster));
        }),
    );
    const blocked = [...results.values()].some(
        (result) => result !== undefined && (result.failure !== undefined || result.interrupted),
    );
    if (!withCa) board.finish(mesh.ca, "kept, because --clusters names clusters only", "skipped");
    else if (blocked) board.finish(mesh.ca, "kept, because a cluster still uses its certificates", "skipped");
    else results.set(mesh.ca, await one(mesh.ca));

    await stacks.relist();
    const reports: DestroyReport[] = [];
    for (const stack of all) {
        const result = results.get(stack);
        const { failure, interrupted = false, seconds = 0, notes = [] } = result ?? {};
        const common = { stack, deleted: result?.changes.deleted ?? 0, seconds, failure, interrupted, notes };
        const remaining = stacks.resources(stack);
        if (forgotten.has(stack))
            reports.push({ ...common, remaining: forgotten.get(stack), state: "abandoned" });
        else if (!stacks.has(stack)) reports.push({ ...common, state: "absent" });
        else if (blocked && stack === mesh.ca) reports.push({ ...common, remaining, state: "kept" });
        else if (failure !== undefined || interrupted || remaining > 0)
            reports.push({ ...common, remaining, state: "left" });
        else if (!remove) reports.push({ ...common, remaining, state: "empty" });
        else reports.push(await removed(stacks, common, remaining, command));
    }
    return reports;
}

async function lookAtAll(
    stacks: DestroyStacks,
    clusters: readonly string[],
): Promise<ReadonlyMap<string, Look>> {
    return new Map(
        await Promise.all(clusters.map(async (stack) => [stack, await stacks.look(stack)] as const)),
    );
}

/**
 * Ends the command when a cluster is to be given up that is there, or may be: the others would be destroyed with nothing to
 * show for it.
 */
function refuseAbandoning(looks: ReadonlyMap<string, Look>, { command, abandoned }: DestroyOptions): void {
    for (const stack of abandoned) {
        const look = looks.get(stack);
        if (look?.state === "answers")
            throw new Problem(
                `Nothing was deleted: cluster "${stack}" answers, so there is no reason to give up what is in it.`,
                runHints.answers(command),
            );
        if (look?.state === "unclear")
            throw new Problem(
                `Nothing was deleted: whether cluster "${stack}" is gone can't be told. ${look.detail}`,
                runHints.notLookedAt(command),
            );
    }
}

function unreachable(
    stack: string,
    resources: number,
    look: Exclude<Look, { state: "answers" }>,
    command: CommandLine,
    place: Place | undefined,
): Failure {
    const left = `so nothing of it was deleted. ${resources} resources are left in stack "${stack}".`;
    if (look.state === "silent")
        return {
            messages: [`The cluster does not answer, ${left}`, look.detail],
            nextStep: runHints.silent(command, look),
        };
    return {
        messages: [`The cluster can't be looked at, ${left}`, look.detail],
        nextStep:
            look.state === "absent" || place === undefined
                ? runHints.absent(command, stack)
                : runHints.unclear(command, place),
    };
}

function refused(stack: string, failure: Failure): RunResult {
    return {
        stack,
        changes: noChanges,
        planned: [],
        done: [],
        seconds: 0,
        failure,
        interrupted: false,
        notes: [],
        warnings: [],
    };
}

/** What the states of those stacks hold that are not empty. */
async function readHoldings(
    stacks: DestroyStacks,
    names: readonly string[],
): Promise<ReadonlyMap<string, Holdings>> {
    const used = names.filter((stack) => stacks.has(stack) && stacks.resources(stack) > 0);
    return new Map(
        await Promise.all(used.map(async (stack) => [stack, await stacks.holdings(stack)] as const)),
    );
}

/** Ends the command when a stack, as the certificate stack by default, protects something: Pulumi would say so last. */
function refuseProtected(
    holdings: ReadonlyMap<string, Holdings>,
    { ca, clusters }: Mesh,
    { command }: DestroyOptions,
): void {
    const kept = [...holdings].filter(([, { protected: names }]) => names.length > 0);
    if (kept.length === 0) return;
    const what = kept
        .map(([stack, { protected: names }]) => `stack "${stack}" protects ${names.join(" and ")}`)
        .join("; ");
    const stacks = kept.map(([stack]) => stack);
    // The certificates alone can be kept.
    const others = stacks.every((stack) => stack === ca) ? clusters : [];
    throw new Problem(
        `Nothing was deleted: ${what}.`,
        runHints.protectedBeforeDestroy(command, stacks, others),
    );
}

async function removed(
    stacks: DestroyStacks,
    common: Omit<DestroyReport, "state" | "remaining">,
    remaining: number,
    command: CommandLine,
): Promise<DestroyReport> {
    try {
        await stacks.remove(common.stack);
        return { ...common, state: "removed" };
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const failure = { messages: [error.message], nextStep: error.nextStep ?? runHints.mend(command) };
        return { ...common, remaining, state: "left", failure };
    }
}

/** Exit code of `mesh destroy`. */
export function destroyExitCode(reports: readonly DestroyReport[]): number {
    if (reports.some(({ interrupted }) => interrupted)) return exitCode.interrupted;
    return reports.some(({ failure, state }) => failure !== undefined || state === "left")
        ? exitCode.failed
        : exitCode.ok;
}

const words: Readonly<Record<DestroyReport["state"], string>> = {
    empty: "nothing; the empty stack stays (--remove forgets it)",
    removed: "nothing; its config file stays",
    absent: "nothing; there is no such stack",
    left: "",
    kept: "",
    abandoned: "",
};

/** The text that `mesh destroy` ends with: what was deleted, what remains, and what to do. */
export function destroyText(reports: readonly DestroyReport[], command: CommandLine): string {
    const rows = reports.map(({ stack, deleted, seconds, remaining = 0, state }) => [
        stack,
        String(deleted),
        state === "abandoned"
            ? `${remaining} resources, forgotten with the stack; in the cluster, should it ever answer again`
            : words[state] === ""
              ? `${remaining} resources`
              : words[state],
        seconds.toFixed(1),
    ]);
    const parts = [table(["stack", "deleted", "remains", "seconds"], rows)];
    const notes = noteLines(reports);
    if (notes.length > 0) parts.push(notes.join("\n"));
    for (const { stack, failure } of reports)
        if (failure !== undefined) parts.push(failureText(stack, failure));
    if (reports.some(({ interrupted }) => interrupted)) parts.push(runHints.stopped(command).text);
    return parts.join("\n\n");
}
