import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocalWorkspace, PulumiCommand, Stack, type EngineEvent } from "@pulumi/pulumi/automation";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { RunFolder } from "../../handover/runFolder";
import { Handover } from "../../handover/server";
import { handoverVariable, type RunDeclarations } from "../../lib/mesh/handover";
import { deleteLeftovers, writingMs } from "./backendFiles";
import type { CommandLine } from "../commandLine";
import { runHints } from "../hints/runHints";
import { diagnose } from "./diagnose";
import type { Failure } from "./diagnosis";
import { asClusterOutputs, newRun, noChanges, progressText, record, type Changes, type Run } from "./events";
import { following } from "./events";
import type { ObjectChange } from "./objectChange";
import { findGatewayDrift } from "./gatewayDrift";
import { readBadEnd } from "./lastRun";
import { madeAgain } from "./lost";
import { type ExportedState, type Holdings, holdingsOf } from "./holdings";
import type { Interrupt } from "./interrupt";
import { areStale, lockSentence, parseLocks } from "./locks";
import type { Mesh } from "../plan";
import { Problem } from "../problem";
import { isPulumiAlive } from "./processes";
import { accessOf, type Look, lookAt, type Place, placeOf } from "./reach";
import { readOutputs } from "./readOutputs";
import { stackFileName, withoutUnusedSalt } from "../stackFiles";
import { hopelessFailure, withWaits } from "./waitFailure";
import { WaitWatch } from "./waitWatch";
import { inOwnSession, PulumiFailed } from "./pulumiProcess";
import { listStacks, missing, quietEnvironment, pulumiCli, type CliResult } from "./pulumiCli";

/** Oldest Pulumi CLI that sends its events the way this command reads them. */
export const oldestPulumi = "3.206.0";

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

/** What `pulumi stack ls --json` says of a stack, as far as it is used. */
interface ListedStack {
    readonly name: string;
    readonly resourceCount?: number;
    /** When its state was last written; absent for a stack without one, and while an update runs. */
    readonly lastUpdate?: string;
}

/**
 * The stacks of a mesh in whatever backend Pulumi is logged in to, worked on through Automation API in the project folder
 * itself, so that plain `pulumi` commands see the same stacks.
 *
 * Each start of the CLI takes 0.2 to 0.5 s. Automation API would start it five times for one update (select, update, outputs
 * twice, history); here it is once, because every command names its stack and the outputs come with the engine's events.
 */
export class Stacks {
    /** Where the programs of this command tell each other what only a running update knows. */
    private handover: Handover | undefined;

    private constructor(
        private readonly folder: string,
        private readonly mesh: Mesh,
        private readonly command: CommandLine,
        private readonly workspace: LocalWorkspace,
        private readonly listed: Map<string, ListedStack>,
        private readonly interrupt: Interrupt,
        /** For the engine's temporary files: providers of states of older versions leave the whole kubeconfig there. */
        private readonly scratch: RunFolder,
    ) {}

    /**
     * Finds out which stacks exist.
     *
     * @param command the command that was typed, for the hints
     * @param listing the answer of {@link listStacks}, if it has been asked for already
     * @throws Problem when there is no usable Pulumi on PATH, or it is not logged in to a backend
     */
    static async open(
        folder: string,
        mesh: Mesh,
        command: CommandLine,
        interrupt: Interrupt,
        listing: Promise<CliResult> = listStacks(folder),
    ): Promise<Stacks> {
        let listed = await listing;
        // The run may have been killed this very moment, or be writing.
        if (/\bEOF$/m.test(listed.stderr)) await pause(writingMs);
        if (deleteLeftovers(process.env) > 0 && !listed.ok) listed = await listStacks(folder);
        if (!listed.ok) {
            const { stderr } = listed;
            const { project, ca: stack } = mesh;
            const { messages, nextStep } = await diagnose({ folder, project, stack, command, stderr });
            throw new Problem(messages.join("\n"), nextStep);
        }
        const pulumiCommand = await PulumiCommand.get({ skipVersionCheck: true }).catch(() => {
            throw missing("pulumi");
        });
        if (pulumiCommand.version === null)
            throw new Problem(
                `The "pulumi" on PATH does not say which version it is.`,
                runHints.pulumiWithoutVersion(),
            );
        if (pulumiCommand.version.compareMain(oldestPulumi) < 0)
            throw new Problem(
                `The "pulumi" on PATH has version ${pulumiCommand.version.version}; at least ${oldestPulumi} is needed.`,
                runHints.pulumiTooOld(),
            );
        const scratch = RunFolder.open();
        const workspace = await LocalWorkspace.create({
            workDir: folder,
            pulumiCommand: inOwnSession(folder, pulumiCommand, () => interrupt.isRequested),
            envVars: { ...quietEnvironment, TMPDIR: scratch.path },
        });
        workspace.selectStack = () => Promise.resolve();
        const stacks = JSON.parse(listed.stdout) as readonly ListedStack[];
        const known = new Map(stacks.map((stack) => [stack.name, stack]));
        return new Stacks(folder, mesh, command, workspace, known, interrupt, scratch);
    }

    /**
     * Lets the programs of all later runs plan one mesh from the same declarations, and wait for each other where one needs what
     * only the other's run tells. To be called once; {@link close} ends it.
     */
    async planTogether(declarations: RunDeclarations): Promise<void> {
        this.handover = await Handover.open(declarations);
        this.workspace.envVars[handoverVariable] = this.handover.socket;
    }

    /** Takes away what the runs of this command have shared. */
    close(): void {
        this.handover?.close();
        this.scratch.remove();
    }

    /** True when the backend knows the stack. */
    has(stack: string): boolean {
        return this.listed.has(stack);
    }

    /** How many resources the stack's state holds, as of the last listing. */
    resources(stack: string): number {
        return this.listed.get(stack)?.resourceCount ?? 0;
    }

    /** Reads again which stacks exist and how many resources each holds. */
    async relist(): Promise<void> {
        const { ok, stdout } = await listStacks(this.folder);
        if (!ok) return;
        this.listed.clear();
        for (const stack of JSON.parse(stdout) as readonly ListedStack[]) this.listed.set(stack.name, stack);
    }

    /**
     * What a stack's state holds.
     *
     * @throws Problem when the state can't be read
     */
    async holdings(stack: string): Promise<Holdings> {
        const { ok, stdout, stderr } = await pulumiCli(this.folder, ["stack", "export", "--stack", stack]);
        if (!ok) throw await this.problem(`The state of stack "${stack}" can't be read.`, stack, stderr);
        return holdingsOf(JSON.parse(stdout) as ExportedState);
    }

    /**
     * Makes an empty stack.
     *
     * A stack file keeps the salt of the passphrase that the stack was last made with. Where that passphrase is gone together
     * with the stack (a lab that was taken down) and the file holds nothing encrypted, the salt is of no use: it is taken out,
     * and Pulumi writes a new one.
     *
     * @returns a sentence about such a repair, if one was made
     * @throws Problem when the backend refuses
     */
    async create(stack: string): Promise<string | undefined> {
        // Not through Automation API, which would also make it the stack that plain `pulumi` commands work on.
        const init = () => pulumiCli(this.folder, ["stack", "init", stack, "--no-select"]);
        const name = stackFileName(stack);
        let repair: string | undefined;
        let result = await init();
        if (!result.ok && result.stderr.includes("incorrect passphrase")) {
            const file = path.join(this.folder, name);
            const text = fs.readFileSync(file, "utf8");
            const unsalted = withoutUnusedSalt(text);
            if (unsalted !== undefined) {
                fs.writeFileSync(file, unsalted);
                result = await init();
                if (result.ok)
                    repair = `Took the salt of an earlier passphrase, which nothing used, out of ${name}.`;
                else fs.writeFileSync(file, text);
            }
        }
        if (!result.ok) throw await this.problem(`Stack "${stack}" can't be made.`, stack, result.stderr);
        this.listed.set(stack, { name: stack });
        return repair;
    }

    /** Brings a stack up to what its config says. */
    up(stack: string, { refresh = false, onProgress }: RunOptions = {}): Promise<RunResult> {
        return this.perform(stack, "up", onProgress, (handle, options, afterKill) =>
            // A killed run may have done more than it could write down, a deletion above all.
            handle.up({ ...options, refresh: refresh || afterKill }),
        );
    }

    /** Foresees what `up` would do. */
    preview(stack: string, { refresh = false, onProgress }: RunOptions = {}): Promise<RunResult> {
        return this.perform(stack, "preview", onProgress, (handle, options) =>
            handle.preview({ ...options, refresh }),
        );
    }

    /** Deletes everything that a stack holds. */
    destroy(stack: string, { onProgress }: RunOptions = {}): Promise<RunResult> {
        return this.perform(stack, "destroy", onProgress, (handle, options) => handle.destroy(options));
    }

    /**
     * Forgets an empty stack. Its config file stays.
     *
     * @throws Problem when the backend refuses
     */
    async remove(stack: string): Promise<void> {
        const { ok, stderr } = await pulumiCli(this.folder, [
            "stack",
            "rm",
            stack,
            "--yes",
            "--preserve-config",
        ]);
        if (!ok) throw await this.problem(`Stack "${stack}" can't be removed.`, stack, stderr);
        this.listed.delete(stack);
    }

    /**
     * Forgets a stack with everything that its state holds, without a word to any cluster. Its config file stays.
     *
     * @throws Problem when the backend refuses
     */
    async abandon(stack: string): Promise<void> {
        const args = ["stack", "rm", stack, "--yes", "--force", "--preserve-config"];
        const { ok, stderr } = await pulumiCli(this.folder, args);
        if (!ok) throw await this.problem(`Stack "${stack}" can't be forgotten.`, stack, stderr);
        this.listed.delete(stack);
    }

    /** Asks the cluster of a stack whether it is there. */
    look(stack: string): Promise<Look> {
        return lookAt(this.folder, this.mesh.project, stack);
    }

    /** Where the cluster of a stack is. */
    place(stack: string): Place | undefined {
        return placeOf(this.folder, this.mesh.project, stack);
    }

    /** The plain outputs of a cluster stack, or undefined when it has none yet. Secrets stay masked. */
    async outputs(stack: string): Promise<ClusterOutputs | undefined> {
        return readOutputs(this.folder, this.mesh, stack, this.command);
    }

    /**
     * What of a cluster an update would not see by its state alone, if there is anything: what a run without a good end had
     * begun, or that the gateway differs from what its outputs tell the others.
     */
    async drift(stack: string): Promise<string | undefined> {
        if (this.resources(stack) === 0) return undefined;
        const [badly, outputs] = await Promise.all([
            readBadEnd(this.folder, stack, this.listed.get(stack)?.lastUpdate),
            this.outputs(stack),
        ]);
        return badly ?? (outputs && findGatewayDrift(this.folder, outputs));
    }

    private async perform(
        name: string,
        command: string,
        onProgress: OnProgress | undefined,
        call: (handle: Stack, options: CallOptions, afterKill: boolean) => Promise<unknown>,
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
        let attempt = await begin(false);
        const locks = attempt.ok ? [] : parseLocks(attempt.stderr);
        const isAfterKill = areStale(locks, os.hostname(), isPulumiAlive);
        if (isAfterKill) {
            notes.push(
                `unlocked: process ${locks.map(({ pid }) => pid).join(", ")} of an earlier run ended without unlocking it`,
            );
            await handle.cancel();
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
            const cleared = await this.forgetUnfinishedCreates(handle, command === "destroy");
            if (cleared.ok) notes.push("finished what an earlier run was stopped in the middle of");
            else attempt = { ...cleared, run: { ...run, errors: cleared.run.errors } };
        }
        const { run } = attempt;
        this.handover?.ended(name, `${name}'s ${command} ${attempt.ok ? "has ended" : "failed"}`, attempt.ok);
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

    private async failureOf(stack: string, { run: { errors }, stderr }: Attempt): Promise<Failure> {
        const locks = parseLocks(stderr);
        if (locks.length === 0) {
            const { folder, command } = this;
            return diagnose({ folder, project: this.mesh.project, stack, command, errors, stderr });
        }
        return {
            messages: locks.map((lock) => lockSentence(stack, lock)),
            nextStep: runHints.locked(this.command, stack),
        };
    }

    /** What a short command of Pulumi failed at, as an error that ends `mesh`. */
    private async problem(what: string, stack: string, stderr: string): Promise<Problem> {
        const { folder, command } = this;
        const { project } = this.mesh;
        const { messages, nextStep } = await diagnose({ folder, project, stack, command, stderr });
        return new Problem(`${what} ${messages.join("\n")}`, nextStep);
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
                    if (event.resOutputsEvent !== undefined) this.handover?.progressed(name);
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

/** How to run a stack. */
export interface RunOptions {
    /** Read the real state of every resource first; false by default. */
    readonly refresh?: boolean;
    readonly onProgress?: OnProgress;
}
