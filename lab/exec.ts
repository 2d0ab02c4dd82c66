import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** An expected failure: its message is the sentence that the user reads, without a stack trace. */
export class LabError extends Error {
    override readonly name = "LabError";
}

/** How a command runs. */
export interface RunOptions {
    /** Working directory. Defaults to the current one. */
    cwd?: string;
    /** Variables set on top of the current environment; undefined removes one. */
    env?: Readonly<Record<string, string | undefined>>;
    /** Text for the command's standard input, which is empty without it. */
    input?: string;
    /** File that both outputs go to as well, from its start. The error of a failed `run` names it. */
    logFile?: string;
    /** Called with each chunk of either output as it comes. */
    onOutput?: (chunk: string) => void;
    /** Milliseconds after which the command is ended. Unlimited by default. */
    timeoutMs?: number;
    /** Ends the command when it is aborted. */
    signal?: AbortSignal | undefined;
}

/** How a command ended. */
export interface RunResult {
    /** Exit code; 127 when the command could not be started, 124 when it ran into its timeout, 128 when a signal ended it. */
    code: number;
    stdout: string;
    stderr: string;
}

/** Runs a command and returns how it ended, whatever that is. */
export async function tryRun(
    file: string,
    args: readonly string[],
    options: RunOptions = {},
): Promise<RunResult> {
    const log = options.logFile === undefined ? undefined : openLog(options.logFile);
    try {
        return await new Promise<RunResult>((resolve) => {
            const child = spawn(file, args, {
                cwd: options.cwd,
                env: { ...process.env, ...options.env },
                stdio: "pipe",
                timeout: options.timeoutMs,
                signal: options.signal,
            });
            const out: Buffer[] = [];
            const err: Buffer[] = [];
            const take = (chunks: Buffer[]) => (chunk: Buffer) => {
                chunks.push(chunk);
                if (log !== undefined) {
                    fs.writeSync(log, chunk);
                }
                options.onOutput?.(chunk.toString());
            };
            child.stdout.on("data", take(out));
            child.stderr.on("data", take(err));
            // A command that ends without reading its input is no failure of ours.
            child.stdin.on("error", () => undefined);
            child.stdin.end(options.input ?? "");
            child.on("error", (error) => {
                resolve({ code: 127, stdout: "", stderr: error.message });
            });
            child.on("close", (code) => {
                resolve({
                    code: code ?? (child.killed ? 124 : 128),
                    stdout: Buffer.concat(out).toString(),
                    stderr: Buffer.concat(err).toString(),
                });
            });
        });
    } finally {
        if (log !== undefined) {
            fs.closeSync(log);
        }
    }
}

/**
 * Runs a command and returns its standard output.
 *
 * @throws LabError with the command, the last lines it wrote and its log file, when it fails.
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await tryRun(file, args, options);
    if (result.code !== 0) {
        throw new LabError(failure([path.basename(file), ...args], result, options.logFile));
    }
    return result.stdout;
}

/** The sentence about a command that failed, with the last lines that it wrote. */
export function failure(command: readonly string[], result: RunResult, logFile?: string): string {
    const said = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-12);
    const where = logFile === undefined ? "" : ` The whole output is in ${logFile}.`;
    const shown = command.join(" ");
    const short = shown.length > 160 ? `${shown.slice(0, 160)} ...` : shown;
    return `"${short}" failed with exit code ${result.code}.${where}${said.map((line) => `\n    ${line}`).join("")}`;
}

/**
 * Folders in which commands are looked for: PATH, then the folders of system tools, which an ordinary user's PATH
 * often lacks.
 */
export function searchPath(): string[] {
    const own = (process.env["PATH"] ?? "").split(path.delimiter).filter((dir) => dir !== "");
    return [...new Set([...own, "/usr/local/sbin", "/usr/sbin", "/sbin"])];
}

/** Absolute path of the first executable file of this name that `accept` takes, or undefined. */
export function findCommand(
    name: string,
    accept: (file: string) => boolean = () => true,
): string | undefined {
    return searchPath()
        .map((dir) => path.join(dir, name))
        .find((file) => isExecutable(file) && accept(file));
}

function isExecutable(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}

function openLog(file: string): number {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return fs.openSync(file, "w");
}
