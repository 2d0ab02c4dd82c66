import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readEnvironment } from "../../files/environments";
import { ownFolder } from "../../lib/mesh/environments";

/** Folders of a file backend that commands read: histories and backups are read by nobody here. */
const readFolders = ["stacks", "locks"];

/** A file that is being written is empty for less than this, milliseconds. */
export const writingMs = 2000;

/**
 * Deletes what runs that could not write have left of a file backend, and that holds nothing. Other backends have no such
 * files.
 *
 * Pulumi writes a check sum (`.attrs`) beside each file, in two steps, and a run that is killed between them leaves it empty;
 * from then on Pulumi says `EOF` to every command. Where there is none, it does without. And a lock is written under another
 * name (`.tmp`) before it gets its own: where the disk was full, that stays, and Pulumi takes it for a lock that it can't
 * read.
 *
 * @param project the folder that Pulumi works in
 * @returns how many there were
 */
export function deleteLeftovers(project: string, env: NodeJS.ProcessEnv): number {
    const folder = backendFolder(project, env);
    if (folder === undefined) return 0;
    const root = path.join(folder, ".pulumi");
    const checksums = readFolders
        .flatMap((name) => filesIn(path.join(root, name)))
        .filter((file) => file.endsWith(".attrs") && sizeOf(file) === 0);
    const unwritten = filesIn(path.join(root, "locks")).filter((file) => file.endsWith(".tmp"));
    const old = [...checksums, ...unwritten].filter((file) => {
        const { mtimeMs } = fs.statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
        return Date.now() - mtimeMs >= writingMs;
    });
    for (const file of old) fs.rmSync(file, { force: true });
    return old.length;
}

function sizeOf(file: string): number | undefined {
    return fs.statSync(file, { throwIfNoEntry: false })?.size;
}

/** A file of a file backend that is empty or cut short. */
export interface BrokenFile {
    readonly kind: "state" | "lock" | "checksum";
    readonly file: string;
    /** Stack that it belongs to. */
    readonly stack: string;
    /** Size in bytes. */
    readonly size: number;
    /** The newest whole copy of a state, where the backend has one. */
    readonly backup?: string;
}

/** What can be seen of the backend in use. */
export interface BackendFacts {
    /** Its URL, or undefined where Pulumi is not logged in. */
    readonly url?: string;
    /** Its folder, where it is a file backend. */
    readonly folder?: string;
    /** Its files that can't be read, where it is a file backend. */
    readonly broken: readonly BrokenFile[];
    /** Where a stack's state is kept in it, by its path; undefined where it is a service, which keeps it by itself. */
    object(stack: string): string | undefined;
}

/**
 * Looks at the backend: which it is and, where it is a folder, which of a project's files in it can't be read.
 *
 * @param workFolder the folder that Pulumi works in
 */
export function readBackend(workFolder: string, env: NodeJS.ProcessEnv, project: string): BackendFacts {
    const url = backendUrl(workFolder, env);
    const folder = backendFolder(workFolder, env);
    return {
        ...(url !== undefined && { url }),
        ...(folder !== undefined && { folder }),
        broken: folder === undefined ? [] : brokenFiles(path.join(folder, ".pulumi"), project),
        object: (stack) => (isService(url) ? undefined : `.pulumi/stacks/${project}/${stack}.json`),
    };
}

function brokenFiles(root: string, project: string): readonly BrokenFile[] {
    const states = filesIn(path.join(root, "stacks", project)).flatMap((file): readonly BrokenFile[] => {
        const name = path.basename(file);
        const stack = name.replace(/\.json(\.bak)?(\.attrs)?$/, "");
        if (name.endsWith(".attrs")) return broken(file, { kind: "checksum", file, stack });
        if (!name.endsWith(".json")) return [];
        const backup = newestWhole(root, project, stack);
        return broken(file, { kind: "state", file, stack, ...(backup !== undefined && { backup }) });
    });
    const locks = filesIn(path.join(root, "locks"))
        .filter(
            (file) => /\.(json|tmp)$/.test(file) && path.basename(path.resolve(file, "../..")) === project,
        )
        .flatMap((file) => broken(file, { kind: "lock", file, stack: path.basename(path.dirname(file)) }));
    return [...locks, ...states];
}

/** The file with its size when it is no whole JSON text; nothing when it is, or is gone meanwhile. */
function broken(file: string, facts: Omit<BrokenFile, "size">): readonly BrokenFile[] {
    const text = readIfThere(file);
    return text === undefined || isWhole(text) ? [] : [{ ...facts, size: Buffer.byteLength(text) }];
}

function isWhole(text: string): boolean {
    try {
        JSON.parse(text);
        return true;
    } catch {
        return false;
    }
}

/** The newest copy of a stack's state that can be read: the one beside it, or that of an earlier run. */
function newestWhole(root: string, project: string, stack: string): string | undefined {
    const copies = [
        path.join(root, "stacks", project, `${stack}.json.bak`),
        ...["backups", "history"].flatMap((folder) =>
            filesIn(path.join(root, folder, project, stack)).filter((file) =>
                folder === "backups" ? file.endsWith(".json") : file.endsWith(".checkpoint.json"),
            ),
        ),
    ];
    return copies
        .flatMap((file) => {
            const text = readIfThere(file);
            if (text === undefined || !isWhole(text)) return [];
            return [{ file, written: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }];
        })
        .sort((one, other) => other.written - one.written)
        .at(0)?.file;
}

function readIfThere(file: string): string | undefined {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}

/** What is wrong with a file, in a sentence. */
export function brokenSentence({ kind, file, stack, size }: BrokenFile): string {
    const what = { state: "The state", lock: "A lock", checksum: "A check sum" }[kind];
    const how = size === 0 ? "is empty" : `is cut short, at ${size} bytes`;
    return `${what} of stack "${stack}" ${how}: ${file}`;
}

function filesIn(folder: string): readonly string[] {
    if (!fs.existsSync(folder)) return [];
    return fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((name) => path.join(folder, name));
}

/** Folder of the file backend in use, or undefined where it is of another kind. */
export function backendFolder(workFolder: string, env: NodeJS.ProcessEnv): string | undefined {
    const url = backendUrl(workFolder, env);
    if (url?.startsWith("file://") !== true) return undefined;
    const place = url.slice("file://".length).replace(/\?.*$/, "");
    return path.resolve(workFolder, place.replace(/^~(?=$|\/)/, os.homedir()));
}

/** Whether the backend is a folder that Pulumi has never written to: asking it for its stacks would do so. */
export function isUntouched(workFolder: string, env: NodeJS.ProcessEnv): boolean {
    const folder = backendFolder(workFolder, env);
    return folder !== undefined && fs.existsSync(folder) && !fs.existsSync(path.join(folder, ".pulumi"));
}

/** Whether a backend is a service, Pulumi Cloud above all, and no folder or bucket. */
export function isService(url: string | undefined): boolean {
    return /^https?:/.test(url ?? "");
}

/**
 * The backend in use: the one that the environment names, or else the project's file, or else the one that was logged in to. Who has
 * never logged in and has a token for Pulumi Cloud uses that.
 */
export function backendUrl(workFolder: string, env: NodeJS.ProcessEnv): string | undefined {
    return (
        env["PULUMI_BACKEND_URL"] ||
        (readEnvironment(workFolder, ownFolder).backend ??
            loggedIn(env["PULUMI_HOME"] || path.join(os.homedir(), ".pulumi")) ??
            (env["PULUMI_ACCESS_TOKEN"] ? env["PULUMI_API"] || "https://api.pulumi.com" : undefined))
    );
}

/** The backend that `pulumi login` chose. */
function loggedIn(pulumiHome: string): string | undefined {
    try {
        const text = fs.readFileSync(path.join(pulumiHome, "credentials.json"), "utf8");
        return (JSON.parse(text) as { readonly current?: string }).current;
    } catch {
        return undefined;
    }
}
