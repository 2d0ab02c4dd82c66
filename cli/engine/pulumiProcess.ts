import { type ChildProcess, spawn } from "node:child_process";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { OutputFile } from "./outputFile";
import { endNow, processesOf } from "./endRun";
import { sendSignal } from "./processes";
import { markValue, markVariable, ownMark } from "./runMark";

/** How a Pulumi command ended. */
export interface PulumiEnd {
    /** Exit code, or null when a signal ended it. */
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** How to run a Pulumi command. */
export interface PulumiOptions {
    /** Variables on top of this process's own. */
    readonly env: Readonly<Record<string, string>>;
    /** Text for its standard input; none by default. */
    readonly input?: string;
    /** True for a command that shall be able to finish what it has begun when this process is killed. */
    readonly outlives?: boolean;
    /** Asks the command to stop. */
    readonly signal?: AbortSignal | undefined;
}

/** The Pulumi commands that run now, and whether each has been asked to stop. */
const running = new Map<ChildProcess, { isAsked: boolean }>();
let started = 0;

/** How many Pulumi commands run now. */
export function runningPulumis(): number {
    return running.size;
}

/** Asks every Pulumi that runs to finish what it is doing and to begin nothing new. */
export function stopPulumis(): void {
    for (const child of running.keys()) stop(child);
}

/** Tells every Pulumi that runs to drop its work. */
export function dropPulumis(): void {
    for (const [child, { isAsked }] of running) {
        interrupt(child);
        // The second one is what makes it drop its work.
        if (!isAsked) interrupt(child);
    }
}

/** Asks once: a Pulumi that is asked again drops its work. */
function stop(child: ChildProcess): void {
    const state = running.get(child);
    if (state === undefined || state.isAsked) return;
    state.isAsked = true;
    interrupt(child);
}

/** To the group, as a terminal does: a version manager may have put a shell before it. */
function interrupt({ pid }: ChildProcess): void {
    if (pid !== undefined) sendSignal(-pid, "SIGINT");
}

/**
 * Runs a Pulumi command to its end, whatever that is, and ends what it has left when that was no good one: a Pulumi that is
 * killed leaves its plugins and the program behind.
 *
 * It gets a session of its own. So Ctrl-C and a closed terminal reach `mesh` alone, which asks Pulumi to stop, and once:
 * Pulumi would take a second request for one to drop its work, and die of SIGHUP at once.
 *
 * @throws the error of the start, such as ENOENT
 */
export function runPulumi(
    folder: string,
    args: readonly string[],
    { env, input, outlives = false, signal }: PulumiOptions,
): Promise<PulumiEnd> {
    const mark = ownMark(folder);
    const number = ++started;
    const files = {
        stdout: outlives ? OutputFile.open() : undefined,
        stderr: outlives ? OutputFile.open() : undefined,
    };
    return new Promise((resolve, reject) => {
        const child = spawn("pulumi", args, {
            cwd: folder,
            detached: true,
            env: { ...process.env, ...env, [markVariable]: markValue(mark, number) },
            stdio: [
                input === undefined ? "ignore" : "pipe",
                files.stdout?.fd ?? "pipe",
                files.stderr?.fd ?? "pipe",
            ],
        });
        running.set(child, { isAsked: false });
        signal?.addEventListener("abort", () => {
            stop(child);
        });
        // One that ends before it has read its input says why by its exit code.
        child.stdin?.on("error", () => undefined).end(input);
        const out = { stdout: "", stderr: "" };
        for (const name of ["stdout", "stderr"] as const)
            child[name]?.setEncoding("utf8").on("data", (text: string) => {
                out[name] += text;
            });
        child.on("error", (error) => {
            running.delete(child);
            reject(error);
        });
        let cleaned = Promise.resolve();
        // Before "close", which waits for whoever holds the outputs.
        child.on("exit", (code) => {
            if (code !== 0) cleaned = endNow(() => processesOf(mark, number));
        });
        child.on("close", (code, endedBy) => {
            void cleaned.then(() => {
                running.delete(child);
                resolve({
                    code,
                    signal: endedBy,
                    stdout: files.stdout?.take() ?? out.stdout,
                    stderr: files.stderr?.take() ?? out.stderr,
                });
            });
        });
    });
}

/** What a Pulumi command that Automation API has started throws when it fails. */
export class PulumiFailed extends Error {
    constructor(readonly end: PulumiEnd) {
        super(end.stderr);
        this.name = "PulumiFailed";
    }
}

/**
 * Has Automation API start its commands by {@link runPulumi}, and throw {@link PulumiFailed}.
 *
 * @param isStopped true once no command may begin; it then fails without an end of its own
 */
export function inOwnSession(
    folder: string,
    command: PulumiCommand,
    isStopped: () => boolean,
): PulumiCommand {
    const run = async (
        args: readonly string[],
        _folder: string,
        env: Readonly<Record<string, string>>,
        _onOutput?: (text: string) => void,
        onError?: (text: string) => void,
        signal?: AbortSignal,
    ): Promise<PulumiEnd> => {
        if (isStopped()) throw new PulumiFailed({ code: null, signal: null, stdout: "", stderr: "" });
        const end = await runPulumi(folder, [...args, "--non-interactive"], {
            env: { ...env, PULUMI_AUTOMATION_API: "true" },
            outlives: true,
            signal,
        });
        onError?.(end.stderr);
        if (end.code !== 0) throw new PulumiFailed(end);
        return end;
    };
    return Object.assign(command, { run });
}
