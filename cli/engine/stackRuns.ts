import * as os from "node:os";
import { type EngineEvent, type LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import type { Handover } from "../../handover/server";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { CommandLine } from "../commandLine";
import { runHints } from "../hints/runHints";
import type { Mesh } from "../plan";
import { diagnose } from "./diagnose";
import { errorTexts, type Failure } from "./diagnosis";
import {
    asClusterOutputs,
    type Changes,
    following,
    newRun,
    noChanges,
    progressText,
    record,
    type Run,
} from "./events";
import type { Interrupt } from "./interrupt";
import { areStale, isLockGone, lockSentence, parseLocks } from "./locks";
import { madeAgain } from "./lost";
import type { ExportedState } from "./holdings";
import type { ObjectChange } from "./objectChange";
import { pulumiCli } from "./pulumiCli";
import { isPulumiAlive } from "./processes";
import { PulumiFailed } from "./pulumiProcess";
import { accessOf } from "./reach";
import { withUnfinished } from "./unfinished";
import { hopelessFailure, withWaits } from "./waitFailure";
import { WaitWatch } from "./waitWatch";

/** How to run a stack. */
export interface RunOptions {
    /** Read the real state of every resource first; false by default. */
    readonly refresh?: boolean;
    readonly onProgress?: OnProgress;
}

/** How a run of one stack ended. */
export interface RunResult {
    readonly stack: string;
    /** Totals. All zero when the engine never started. */
    readonly changes: Changes;
    /** What a preview foresees; empty for other runs. */
    readonly planned: readonly ObjectChange[];
    /** What an update or a destroy has done; empty for a preview. */
    readonly done: readonly ObjectChange[];
    /** Wall time, seconds. */
    readonly seconds: number;
    /** Outputs of a cluster stack before and after the run, where it had any. */
    readonly before?: ClusterOutputs;
    readonly after?: ClusterOutputs;
    /** Set when the run failed. */
    readonly failure?: Failure;
    /** What violates a policy, a sentence each, as {@link failure} says too; absent where nothing does. */
    readonly violations?: readonly string[];
    /** True when the user stopped it. */
    readonly interrupted: boolean;
    /** Sentences about repairs that were made on the way, and about what a run that was stopped had waited for. */
    readonly notes: readonly string[];
    /** What the program warned of. */
    readonly warnings: readonly string[];
}

/** Receives one line about a run in progress, about once a second, and whether it says something new. */
export type OnProgress = (text: string, isNews: boolean) => void;

interface CallOptions {
    readonly onEvent: (event: EngineEvent) => void;
    readonly onError: (text: string) => void;
    readonly signal?: AbortSignal;
    readonly color: "never";
}

interface Attempt {
    readonly run: Run;
    readonly ok: boolean;
    readonly stderr: string;
    readonly watch?: WaitWatch;
}

/** Runs of Pulumi's engine on the stacks of a mesh: each to its end, with what is to be said of it. */
export class StackRuns {
    /** @param handover where the programs of this command tell each other what only a running update knows, once it is open */
    constructor(
        private readonly folder: string,
        private readonly mesh: Mesh,
        private readonly command: CommandLine,
        private readonly workspace: LocalWorkspace,
        private readonly interrupt: Interrupt,
        private readonly handover: () => Handover | undefined,
    ) {}

    /**
     * Runs one command of Pulumi's on a stack, and whatever an earlier run that was killed needs beside it.
     *
     * @param onProgress told how far it is, about once a second
     * @param call starts Pulumi; the second time with `afterKill`, if that run may have done more than it could write down
     * @param isUnfinished whether that run was killed while it made something
     */
    async perform(
        name: string,
        command: string,
        onProgress: OnProgress | undefined,
        call: (handle: Stack, options: CallOptions, afterKill: boolean) => Promise<unknown>,
        isUnfinished = false,
    ): Promise<RunResult> {
        const began = Date.now();
        const notes: string[] = [];
        const handle = await this.handle(name);
        const begin = (afterKill: boolean) =>
            this.attempt(
                name,
                onProgress,
                (options) => call(handle, options, afterKill),
                command === "preview" ? undefined : this.watch(name),
            );
        if (isUnfinished) await this.takeOverUnfinished(name);
        let attempt = await begin(false);
        if (!attempt.ok && attempt.run.finished === 0 && isLockGone(attempt.stderr))
            attempt = await begin(false);
        const locks = attempt.ok ? [] : parseLocks(attempt.stderr);
        const isAfterKill = areStale(locks, os.hostname(), isPulumiAlive);
        if (isAfterKill) {
            notes.push(
                `unlocked: process ${locks.map(({ pid }) => pid).join(", ")} of an earlier run ended without unlocking it`,
            );
            await handle.cancel();
            if (command === "destroy") await this.takeOverUnfinished(name);
            attempt = await begin(true);
        }
        if (command === "up" && attempt.ok && attempt.run.objects.lost.size > 0) {
            notes.push(madeAgain(attempt.run.objects));
            const again = await begin(true);
            attempt = { ...again, run: following(attempt.run, again.run) };
        }
        // An update that refreshes first does not say that it has found unfinished operations.
        if (attempt.ok && (isAfterKill || attempt.run.interruptedBefore) && command !== "preview") {
            const { run } = attempt;
            if (command === "up") await this.deleteUnwanted(handle);
            const cleared = await this.forgetUnfinishedCreates(handle, command === "destroy");
            if (cleared.ok) notes.push("finished what an earlier run was stopped in the middle of");
            else attempt = { ...cleared, run: { ...run, errors: cleared.run.errors } };
        }
        const { run } = attempt;
        // The engine tells them in whatever order it comes to them.
        run.violations.sort();
        this.handover()?.ended(
            name,
            `${name}'s ${command} ${attempt.ok ? "has ended" : "failed"}`,
            attempt.ok,
        );
        const { failure, interrupted, waits } = await this.endOf(name, attempt);
        return {
            stack: name,
            changes: run.changes ?? noChanges,
            planned: run.planned,
            done: run.done,
            seconds: (Date.now() - began) / 1000,
            before: asClusterOutputs(run.before),
            after: asClusterOutputs(run.after),
            failure,
            ...(failure && run.violations.length > 0 && { violations: run.violations }),
            interrupted,
            notes: [...notes, ...waits],
            warnings: run.warnings,
        };
    }

    /** How a run ended: well, badly, or because somebody stopped it, and then what it was waiting for. */
    private async endOf(
        name: string,
        attempt: Attempt,
    ): Promise<{
        readonly failure?: Failure;
        readonly interrupted: boolean;
        readonly waits: readonly string[];
    }> {
        const { run, ok, watch } = attempt;
        if (ok) return { interrupted: false, waits: [] };
        const isHopeless = watch !== undefined && watch.hopeless.length > 0;
        const words = watch?.lastWords(run) ?? [];
        if (this.interrupt.isRequested || (run.cancelling && !isHopeless)) {
            const waits = words.map((each) => `stopped while it waited for ${each}`);
            return { interrupted: true, waits };
        }
        const failure = isHopeless
            ? hopelessFailure(name, this.command, watch)
            : withWaits(await this.failureOf(name, attempt), words);
        return { failure, interrupted: false, waits: [] };
    }

    /** A watch over what a run of a stack waits for in its cluster, if it has one. */
    private watch(stack: string): WaitWatch | undefined {
        const access = accessOf(this.folder, this.mesh.project, stack);
        return access && new WaitWatch({ stack, access });
    }

    private async failureOf(
        stack: string,
        { run: { errors, violations }, stderr }: Attempt,
    ): Promise<Failure> {
        if (violations.length > 0) {
            const messages = [...violations, ...errorTexts(errors, stack)];
            return { messages, nextStep: runHints.refusedByPolicy(this.command) };
        }
        const locks = parseLocks(stderr);
        if (locks.length === 0) {
            const { folder, command } = this;
            return diagnose({ folder, project: this.mesh.project, stack, command, errors, stderr });
        }
        return {
            messages: locks.map((lock) => lockSentence(stack, lock, os.hostname(), isPulumiAlive)),
            nextStep: runHints.locked(this.command, stack),
        };
    }

    /** A stack object that starts the CLI for the update itself and for nothing else. */
    private async handle(name: string): Promise<Stack> {
        const handle = await Stack.select(name, this.workspace);
        handle.outputs = () => Promise.resolve({});
        handle.info = () => Promise.resolve(undefined);
        return handle;
    }

    private async attempt(
        name: string,
        onProgress: OnProgress | undefined,
        call: (options: CallOptions) => Promise<unknown>,
        watch?: WaitWatch,
    ): Promise<Attempt> {
        const run = newRun();
        let stderr = "";
        const tell = () => {
            const now = Date.now() / 1000;
            watch?.tick(run, now);
            const text = progressText(run, now, (urn) => watch?.wordsOf(urn));
            onProgress?.(text, watch?.takeNews() ?? false);
        };
        tell();
        const timer = setInterval(tell, 500);
        try {
            await call({
                ...(watch !== undefined && { signal: watch.signal }),
                color: "never",
                onEvent: (event) => {
                    record(run, event);
                    if (event.resOutputsEvent !== undefined) this.handover()?.progressed(name);
                },
                onError: (text) => {
                    stderr += text;
                },
            });
            return { run, ok: true, stderr, watch };
        } catch (error) {
            if (!(error instanceof PulumiFailed)) throw error;
            if (error.end.signal !== null) stderr += `\nerror: Pulumi was ended by ${error.end.signal}.`;
            return { run, ok: false, stderr, watch };
        } finally {
            clearInterval(timer);
        }
    }

    /**
     * Makes a stack's state know what a killed run was making, see {@link withUnfinished}.
     *
     * @returns URNs of what was taken over; none where the state can't be written, of which the run that follows says why
     */
    private async takeOverUnfinished(stack: string): Promise<readonly string[]> {
        // With its secrets encrypted, as Automation API would not.
        const { ok, stdout } = await pulumiCli(this.folder, ["stack", "export", "--stack", stack]);
        const found = ok ? withUnfinished(JSON.parse(stdout) as ExportedState) : undefined;
        if (found === undefined) return [];
        const args = ["stack", "import", "--stack", stack];
        const written = await pulumiCli(this.folder, args, JSON.stringify(found.state));
        return written.ok ? found.urns : [];
    }

    /** Deletes what a killed run had begun to make and the `up` that has just succeeded does not want. */
    private async deleteUnwanted(handle: Stack): Promise<void> {
        const target = await this.takeOverUnfinished(handle.name);
        if (target.length === 0) return;
        await this.attempt(handle.name, undefined, (options) =>
            handle.destroy({ ...options, target: [...target] }),
        );
    }

    /**
     * Pulumi keeps a creation that was cut short in its state, and warns of it, until somebody clears it. The `up` that has
     * just succeeded has made those resources, so there is nothing left to warn of. The refresh that clears them is limited
     * to the stack's root, which holds nothing that could be refreshed.
     *
     * @param isEmpty after a destroy, which has left no root to limit it to
     */
    private async forgetUnfinishedCreates(handle: Stack, isEmpty: boolean): Promise<Attempt> {
        const { project } = this.mesh;
        const root = `urn:pulumi:${handle.name}::${project}::pulumi:pulumi:Stack::${project}-${handle.name}`;
        const target = isEmpty ? {} : { target: [root] };
        return this.attempt(handle.name, undefined, (options) =>
            handle.refresh({ ...options, ...target, clearPendingCreates: true }),
        );
    }
}
