import * as fs from "node:fs";
import * as path from "node:path";
import { findCommand, LabError, run, tryRun } from "../exec";
import { shortHash } from "./store";

/** One file of an image layer. */
export type LayerEntry = {
    /** Absolute path inside the image. */
    path: string;
} & (
    | { kind: "copy"; source: string; mode?: number }
    | { kind: "text"; text: string }
    | { kind: "link"; target: string }
    | { kind: "dir"; mode: number }
);

/** A file of this machine under a path of its own in the image. */
export function copy(source: string, target: string, mode?: number): LayerEntry {
    return { kind: "copy", path: target, source: fs.realpathSync(source), mode };
}

/** A symbolic link in the image. */
export function link(target: string, at: string): LayerEntry {
    return { kind: "link", path: at, target };
}

/** Hash of what a layer holds, with files told by path, size and time of change. */
export function layerKey(entries: readonly LayerEntry[]): string {
    return shortHash(
        entries.flatMap((entry) => {
            const stat = entry.kind === "copy" ? fs.statSync(entry.source) : undefined;
            return [JSON.stringify(entry), `${stat?.size ?? 0} ${stat?.mtimeMs ?? 0}`];
        }),
    );
}

/**
 * Programs of this machine with the shared libraries that they load, for a layer: much smaller and quicker to make
 * than a distribution's base system.
 *
 * @throws LabError if one is missing.
 */
export async function programs(commands: readonly string[]): Promise<LayerEntry[]> {
    const files = commands.map((command) => {
        const file = findCommand(command);
        if (file === undefined) {
            throw new LabError(
                `The lab's images need the command "${command}", which is not on this machine.`,
            );
        }
        return copy(file, `/usr/bin/${command}`);
    });
    return [...files, ...(await libraries(files))];
}

/** The shared libraries that programs or libraries load, at the paths where the loader looks for them. */
export async function libraries(entries: readonly LayerEntry[]): Promise<LayerEntry[]> {
    const sources = entries.flatMap((entry) => (entry.kind === "copy" ? [entry.source] : []));
    // ldd fails if one of them is a static program, and says so in words that differ between systems.
    const { stdout } = await tryRun("ldd", sources);
    return [...new Set(parseLdd(stdout))].sort().map((file) => copy(file, mergedPath(file), 0o755));
}

/** Paths in the output of `ldd` for one or more files; a static program has none. */
export function parseLdd(output: string): string[] {
    return output.split("\n").flatMap((line) => {
        const found = /^\s*(?:\S+ => )?(\/\S+) \(0x/.exec(line);
        return found?.[1] === undefined ? [] : [found[1]];
    });
}

/** Writes a layer as a tar archive whose bytes depend on nothing but the entries. */
export async function writeLayer(entries: readonly LayerEntry[], archive: string): Promise<void> {
    const root = `${archive}.root`;
    fs.mkdirSync(root, { recursive: true });
    // Before the files, so that a folder gets its own mode and not that of a parent made on the way.
    for (const entry of entries) {
        if (entry.kind === "dir") {
            fs.mkdirSync(path.join(root, entry.path), { recursive: true });
            fs.chmodSync(path.join(root, entry.path), entry.mode);
        }
    }
    for (const entry of entries) {
        writeEntry(entry, path.join(root, entry.path));
    }
    await run("tar", [
        "--create",
        `--file=${archive}`,
        `--directory=${root}`,
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        ".",
    ]);
    fs.rmSync(root, { recursive: true });
}

function writeEntry(entry: LayerEntry, target: string): void {
    if (entry.kind === "dir") {
        return;
    }
    fs.mkdirSync(path.dirname(target), { recursive: true });
    switch (entry.kind) {
        case "copy":
            fs.copyFileSync(entry.source, target);
            fs.chmodSync(target, entry.mode ?? 0o755);
            break;
        case "text":
            fs.writeFileSync(target, entry.text);
            break;
        case "link":
            fs.symlinkSync(entry.target, target);
            break;
    }
}

/** The images have merged /usr folders, as today's distributions do: /lib is a link to /usr/lib and so on. */
function mergedPath(file: string): string {
    return file.startsWith("/usr/") ? file : `/usr${file}`;
}
