import * as fs from "node:fs";
import { isRunning } from "../../handover/isRunning";

/** Where the kernel shows every process; only Linux has it. */
const processFolder = "/proc";

/** A process of this user and of this process's view of the machine. */
export interface FoundProcess {
    readonly pid: number;
    /** Value of the variable that it was looked for by. */
    readonly value: string;
    /** Its command line, words separated by spaces. */
    readonly command: string;
}

/**
 * True when the process with this id runs and is a Pulumi. Ids are used again after a crash, so a process with another
 * command does not count. Where the command can't be read (no /proc), any running process counts.
 */
export function isPulumiAlive(pid: number): boolean {
    if (!isRunning(pid)) return false;
    try {
        return fs.readFileSync(`${processFolder}/${pid}/cmdline`, "utf8").includes("pulumi");
    } catch {
        return true;
    }
}

/**
 * When a process started, in the kernel's clock ticks since the machine did. Together with its id it names a process for
 * good, since ids are used again. Undefined when it has ended; empty where there is no /proc to tell it.
 */
export function startOf(pid: number): string | undefined {
    if (!canSearch()) return isRunning(pid) ? "" : undefined;
    // The second field, the program's name, may hold blanks and brackets.
    const [state, ...fields] = read(pid, "stat")
        .replace(/^.*\) /s, "")
        .split(" ");
    return state === undefined || state === "" || state === "Z" ? undefined : fields[18];
}

/** True where processes can be looked for by their environment. */
export function canSearch(): boolean {
    return fs.existsSync(`${processFolder}/self/environ`);
}

/**
 * Finds the processes that have a variable in the environment that they were started with, which all that a run starts
 * inherits. Processes of other users and of other containers are left out: their ids mean something else.
 *
 * @param variable name of the variable
 * @returns none where processes can't be looked for
 */
export function processesWith(variable: string): readonly FoundProcess[] {
    if (!canSearch()) return [];
    const here = view("self");
    return fs.readdirSync(processFolder).flatMap((name) => {
        const pid = Number(name);
        if (!Number.isInteger(pid) || pid === process.pid) return [];
        const entry = read(pid, "environ")
            .split("\0")
            .find((each) => each.startsWith(`${variable}=`));
        if (entry === undefined || view(pid) !== here) return [];
        return [{ pid, value: entry.slice(variable.length + 1), command: commandOf(pid) }];
    });
}

/** Sends a signal to a process, or with a negative id to a group of them; one that has ended already is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
    try {
        process.kill(pid, signal);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}

function commandOf(pid: number): string {
    return read(pid, "cmdline").replaceAll("\0", " ").trim();
}

/** A process's user and its numbering of processes. */
function view(pid: number | "self"): string {
    try {
        const folder = `${processFolder}/${pid}`;
        return `${fs.statSync(folder).uid} ${fs.readlinkSync(`${folder}/ns/pid`)}`;
    } catch {
        return "";
    }
}

function read(pid: number, file: string): string {
    try {
        return fs.readFileSync(`${processFolder}/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}
