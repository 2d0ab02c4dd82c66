import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Folders of a file backend that commands read: histories and backups are read by nobody here. */
const readFolders = ["stacks", "locks"];

/** A file that is being written is empty for less than this, milliseconds. */
export const writingMs = 2000;

/**
 * Deletes the empty check-sum files of a file backend. Pulumi writes one beside each file, in two steps, and a run that is
 * killed between them leaves it empty; from then on Pulumi says `EOF` to every command. Where there is none, it does
 * without. Other backends have no such files.
 *
 * @returns how many there were
 */
export function deleteEmptyChecksums(env: NodeJS.ProcessEnv): number {
    const folder = backendFolder(env);
    if (folder === undefined) return 0;
    const empty = readFolders
        .flatMap((name) => filesIn(path.join(folder, ".pulumi", name)))
        .filter((file) => file.endsWith(".attrs"))
        .filter((file) => {
            const { size, mtimeMs } = fs.statSync(file, { throwIfNoEntry: false }) ?? { size: 1, mtimeMs: 0 };
            return size === 0 && Date.now() - mtimeMs >= writingMs;
        });
    for (const file of empty) fs.rmSync(file, { force: true });
    return empty.length;
}

function filesIn(folder: string): readonly string[] {
    if (!fs.existsSync(folder)) return [];
    return fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((name) => path.join(folder, name));
}

/** Folder of the file backend in use, or undefined where it is of another kind. */
export function backendFolder(env: NodeJS.ProcessEnv): string | undefined {
    const url =
        env["PULUMI_BACKEND_URL"] || loggedIn(env["PULUMI_HOME"] || path.join(os.homedir(), ".pulumi"));
    if (url?.startsWith("file://") !== true) return undefined;
    const place = url.slice("file://".length).replace(/\?.*$/, "");
    return path.resolve(place.replace(/^~(?=$|\/)/, os.homedir()));
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
