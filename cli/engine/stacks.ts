import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { RunFolder } from "../../handover/runFolder";
import { Handover } from "../../handover/server";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { handoverVariable, type RunDeclarations } from "../../lib/mesh/handover";
import { readEnvironment } from "../../files/environments";
import { writtenSettings } from "../../files/stackSettings";
import { type Environment, ownFolder, secretsProviderOf } from "../../lib/mesh/environments";
import type { CommandLine } from "../commandLine";
import type { Mesh } from "../plan";
import { Problem } from "../problem";
import { deleteLeftovers, writingMs } from "./backendFiles";
import { createStack } from "./createStack";
import { diagnose } from "./diagnose";
import { findGatewayDrift } from "./gatewayDrift";
import { type ExportedState, type Holdings, holdingsOf } from "./holdings";
import type { Interrupt } from "./interrupt";
import { readBadEnd } from "./lastRun";
import { type CliResult, listStacks, pulumiCli, quietEnvironment } from "./pulumiCli";
import { inOwnSession } from "./pulumiProcess";
import { type Look, lookAt, type Place, placeOf } from "./reach";
import { readOutputs } from "./readOutputs";
import { type RunOptions, type RunResult, StackRuns } from "./stackRuns";
import { type ThrowawayBackend, throwawayBackend } from "./throwaway";
import { requirePolicies, usablePulumi } from "./usablePulumi";

/** What `pulumi stack ls --json` says of a stack, as far as it is used. */
interface ListedStack {
    readonly name: string;
    readonly resourceCount?: number;
    /** When its state was last written; absent for a stack without one, and while an update runs. */
    readonly lastUpdate?: string;
}

/** The policies of the checkout that this command belongs to. */
const policyPack = path.resolve(__dirname, "../../policy/index.js");

/** Runs with a backend of their own. */
interface ThrowawayRuns extends Pick<ThrowawayBackend, "configFile"> {
    readonly runs: StackRuns;
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
    private readonly runs: StackRuns;
    /** Runs of stacks that the backend does not know, which it shall not know for it. */
    private throwaway: Promise<ThrowawayRuns> | undefined;
    /** The environment's files as they were before Pulumi wrote into them. */
    private readonly files: Environment;
    /** Whether stacks are held to policies, as their files said when it was first asked. */
    private readonly judged = new Map<string, boolean>();
    /** Stacks of which an earlier run was killed while it made something. */
    private readonly unfinished = new Set<string>();

    private constructor(
        private readonly folder: string,
        private readonly mesh: Mesh,
        private readonly command: CommandLine,
        private readonly workspace: LocalWorkspace,
        private readonly listed: Map<string, ListedStack>,
        private readonly interrupt: Interrupt,
        /** For the engine's temporary files: providers of states of older versions leave the whole kubeconfig there. */
        private readonly scratch: RunFolder,
    ) {
        this.files = readEnvironment(folder, ownFolder);
        this.runs = new StackRuns(folder, mesh, command, workspace, interrupt, () => this.handover);
    }

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
        if (deleteLeftovers(folder, process.env) > 0 && !listed.ok) listed = await listStacks(folder);
        if (!listed.ok) {
            const { stderr } = listed;
            const { project, ca: stack } = mesh;
            const { messages, nextStep } = await diagnose({ folder, project, stack, command, stderr });
            throw new Problem(messages.join("\n"), nextStep);
        }
        const pulumiCommand = await usablePulumi();
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
     * only the other's run tells, until it is called again; {@link close} ends it.
     */
    async planTogether(declarations: RunDeclarations): Promise<void> {
        this.handover?.close();
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
        const holdings = holdingsOf(await this.state(stack));
        if (holdings.isUnfinished) this.unfinished.add(stack);
        return holdings;
    }

    /** A stack's state, with its secrets encrypted. */
    private async state(stack: string): Promise<ExportedState> {
        const { ok, stdout, stderr } = await pulumiCli(this.folder, ["stack", "export", "--stack", stack]);
        if (!ok) throw await this.problem(`The state of stack "${stack}" can't be read.`, stack, stderr);
        return JSON.parse(stdout) as ExportedState;
    }

    /**
     * Makes an empty stack.
     *
     * @returns a sentence about such a repair, if one was made
     * @throws Problem when the backend refuses
     */
    async create(stack: string): Promise<string | undefined> {
        const { result, repair } = await createStack(
            this.folder,
            stack,
            secretsProviderOf(this.files, stack, this.mesh.ca),
        );
        if (!result.ok) throw await this.problem(`Stack "${stack}" can't be made.`, stack, result.stderr);
        this.listed.set(stack, { name: stack });
        return repair;
    }

    /** Brings a stack up to what its config says. */
    up(stack: string, { refresh = false, onProgress }: RunOptions = {}): Promise<RunResult> {
        return this.runs.perform(stack, "up", onProgress, (handle, options, afterKill) =>
            // A killed run may have done more than it could write down, a deletion above all.
            handle.up({ ...options, ...this.policies(stack), refresh: refresh || afterKill }),
        );
    }

    /** Foresees what `up` would do, also with a stack that is not there; writes nothing to the backend. */
    async preview(stack: string, { refresh = false, onProgress }: RunOptions = {}): Promise<RunResult> {
        if (this.has(stack))
            return this.runs.perform(stack, "preview", onProgress, (handle, options) =>
                handle.preview({ ...options, ...this.policies(stack), refresh }),
            );
        const { runs, configFile } = await (this.throwaway ??= this.throwAway());
        return runs.perform(stack, "preview", onProgress, (handle, options) =>
            handle.preview({ ...options, ...this.policies(stack), configFile: configFile(stack) }),
        );
    }

    /** Whether any of some stacks is held to policies. */
    areJudged(stacks: readonly string[]): boolean {
        return stacks.some((stack) => "policyPacks" in this.policies(stack));
    }

    /** The policies that a stack is held to: those of this checkout, where its settings have the key `policy`. */
    private policies(stack: string): { readonly policyPacks?: string[] } {
        if (!this.isJudged(stack)) return {};
        requirePolicies(this.workspace.pulumiCommand);
        return { policyPacks: [policyPack] };
    }

    private isJudged(stack: string): boolean {
        const isIt =
            this.judged.get(stack) ?? "policy" in writtenSettings(this.folder, this.mesh.project, stack);
        this.judged.set(stack, isIt);
        return isIt;
    }

    /** Runs beside a copy of the states of this mesh, in the folder of this command. */
    private async throwAway(): Promise<ThrowawayRuns> {
        const { folder, mesh, command, files, interrupt, workspace } = this;
        const known = [mesh.ca, ...mesh.clusters].filter((stack) => this.has(stack));
        const states = await Promise.all(
            known.map(async (stack) => [stack, await this.state(stack)] as const),
        );
        const { env, configFile } = throwawayBackend(this.scratch.path, folder, mesh, files, new Map(states));
        const beside = await LocalWorkspace.create({
            workDir: folder,
            pulumiCommand: workspace.pulumiCommand,
            envVars: { ...workspace.envVars, ...env },
        });
        beside.selectStack = () => Promise.resolve();
        const runs = new StackRuns(folder, mesh, command, beside, interrupt, () => this.handover);
        return { runs, configFile };
    }

    /** Deletes everything that a stack holds. */
    destroy(stack: string, { onProgress }: RunOptions = {}): Promise<RunResult> {
        return this.runs.perform(
            stack,
            "destroy",
            onProgress,
            (handle, options) => handle.destroy(options),
            this.unfinished.has(stack),
        );
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

    /** What a short command of Pulumi failed at, as an error that ends `mesh`. */
    private async problem(what: string, stack: string, stderr: string): Promise<Problem> {
        const { folder, command } = this;
        const { project } = this.mesh;
        const { messages, nextStep } = await diagnose({ folder, project, stack, command, stderr });
        return new Problem(`${what} ${messages.join("\n")}`, nextStep);
    }
}
