import type { Failure } from "../engine/diagnosis";
import { noChanges } from "../engine/events";
import type { Holdings } from "../engine/holdings";
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
    whyUnreachable(stack: string): Promise<string | undefined>;
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
 * Destroys the clusters side by side, then the certificate stack, but that only when no cluster still uses its certificates.
 *
 * A cluster that does not answer is found out first: what is in it stays in its stack, unless the user gives it up.
 *
 * @param remove forget the stacks as well; their config files stay
 * @param abandoned clusters to forget without deleting what is in them, because they don't answer
 * @throws Problem when a stack protects something from being deleted, before anything is deleted
 */
export async function meshDestroy(
    stacks: DestroyStacks,
    mesh: Mesh,
    board: Board,
    remove: boolean,
    abandoned: readonly string[] = [],
): Promise<readonly DestroyReport[]> {
    const holdings = await readHoldings(stacks, mesh);
    refuseProtected(holdings);
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
        const isInCluster = mesh.clusters.includes(stack) && holdings.get(stack)?.isSomewhere === true;
        const silence = isInCluster ? await stacks.whyUnreachable(stack) : undefined;
        if (silence !== undefined && abandoned.includes(stack)) {
            await stacks.abandon(stack);
            forgotten.set(stack, resources);
            board.finish(stack, `${resources} resources forgotten`, "done");
            return undefined;
        }
        const refusal =
            silence !== undefined
                ? unreachable(stack, resources, silence)
                : isInCluster && abandoned.includes(stack)
                  ? { messages: [answersText], nextStep: 'Run "npm run mesh -- destroy" without --abandon.' }
                  : undefined;
        const result =
            refusal === undefined ? await stacks.destroy(stack, { onProgress }) : refused(stack, refusal);
        if (result.interrupted) board.finish(stack, "stopped", "failed");
        else if (result.failure !== undefined) board.finish(stack, "failed", "failed");
        else board.finish(stack, `${result.changes.deleted} deleted in ${duration(result.seconds)}`, "done");
        return result;
    };

    const results = new Map<string, RunResult | undefined>();
    await Promise.all(
        mesh.clusters.map(async (cluster) => {
            results.set(cluster, await one(cluster));
        }),
    );
    const blocked = [...results.values()].some(
        (result) => result !== undefined && (result.failure !== undefined || result.interrupted),
    );
    if (blocked) board.finish(mesh.ca, "kept, because a cluster still uses its certificates", "skipped");
    else results.set(mesh.ca, await one(mesh.ca));

    await stacks.relist();
    const reports: DestroyReport[] = [];
    for (const stack of [...mesh.clusters, mesh.ca]) {
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
        else reports.push(await removed(stacks, common, remaining));
    }
    return reports;
}

const answersText = "The cluster answers, so there is no reason to give up what is in it.";

function unreachable(stack: string, resources: number, why: string): Failure {
    return {
        messages: [
            `The cluster does not answer, so nothing of it was deleted. ${resources} resources are left in stack "${stack}".`,
            why,
        ],
        nextStep:
            `See whether the cluster of Pulumi.${stack}.yaml runs and its kubeconfig is right, then run this again. If the ` +
            `cluster is gone for good: npm run mesh -- destroy --abandon ${stack}`,
    };
}

function refused(stack: string, failure: Failure): RunResult {
    return {
        stack,
        changes: noChanges,
        planned: [],
        seconds: 0,
        failure,
        interrupted: false,
        notes: [],
        warnings: [],
    };
}

/** What the states of all stacks that are not empty hold. */
async function readHoldings(stacks: DestroyStacks, mesh: Mesh): Promise<ReadonlyMap<string, Holdings>> {
    const used = [mesh.ca, ...mesh.clusters].filter(
        (stack) => stacks.has(stack) && stacks.resources(stack) > 0,
    );
    return new Map(
        await Promise.all(used.map(async (stack) => [stack, await stacks.holdings(stack)] as const)),
    );
}

/** Ends the command when a stack, as the certificate stack by default, protects something: Pulumi would say so last. */
function refuseProtected(holdings: ReadonlyMap<string, Holdings>): void {
    const kept = [...holdings].filter(([, { protected: names }]) => names.length > 0);
    if (kept.length === 0) return;
    const what = kept
        .map(([stack, { protected: names }]) => `stack "${stack}" protects ${names.join(" and ")}`)
        .join("; ");
    const how = kept.map(([stack]) => `pulumi state unprotect --all --yes --stack ${stack}`).join("; ");
    throw new Problem(
        `Nothing was deleted: ${what}.`,
        `If that really is to go: ${how}, then run this again. To delete a cluster and keep the certificates: ` +
            `pulumi destroy --stack CLUSTER.`,
    );
}

async function removed(
    stacks: DestroyStacks,
    common: Omit<DestroyReport, "state" | "remaining">,
    remaining: number,
): Promise<DestroyReport> {
    try {
        await stacks.remove(common.stack);
        return { ...common, state: "removed" };
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const failure = { messages: [error.message], nextStep: error.nextStep ?? "" };
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
export function destroyText(reports: readonly DestroyReport[]): string {
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
    if (reports.some(({ interrupted }) => interrupted))
        parts.push('Stopped before the end. The next "npm run mesh -- destroy" goes on from here.');
    return parts.join("\n\n");
}
