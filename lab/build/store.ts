import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** First twelve hexadecimal digits of the SHA-256 over the parts, each of which is told apart from its neighbours. */
export function shortHash(parts: readonly (string | Buffer)[]): string {
    const hash = crypto.createHash("sha256");
    for (const part of parts) {
        hash.update(`${Buffer.byteLength(part)}:`).update(part);
    }
    return hash.digest("hex").slice(0, 12);
}

/** Names and contents of all files under a folder, in the order of their names: input for a hash. */
export function folderContents(dir: string): (string | Buffer)[] {
    return fs
        .readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .sort()
        .flatMap((file) => [path.relative(dir, file), fs.readFileSync(file)]);
}

/** What the name of a half-made file or folder has after its final name. */
const unfinishedMark = ".unfinished";

/**
 * Makes a file or folder of the cache, whole or not at all: `make` writes to a path beside it, which gets the final
 * name only at the end. Does nothing where it exists already.
 */
export async function publish(target: string, make: (unfinished: string) => Promise<void>): Promise<void> {
    if (fs.existsSync(target)) {
        return;
    }
    const unfinished = `${target}${unfinishedMark}`;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    try {
        await make(unfinished);
        fs.renameSync(unfinished, target);
    } finally {
        fs.rmSync(unfinished, { recursive: true, force: true });
    }
}

/**
 * Removes what interrupted builds left in a folder or in the folders right in it. Only for the holder of the lock:
 * no other build may be running.
 */
export function removeUnfinished(dir: string): void {
    const inside = (parent: string) =>
        fs.existsSync(parent) ? fs.readdirSync(parent, { withFileTypes: true }) : [];
    for (const entry of inside(dir)) {
        const file = path.join(dir, entry.name);
        const candidates = entry.isDirectory()
            ? [file, ...inside(file).map(({ name }) => path.join(file, name))]
            : [file];
        for (const candidate of candidates.filter((name) => path.basename(name).includes(unfinishedMark))) {
            fs.rmSync(candidate, { recursive: true, force: true });
        }
    }
}

/** Makes `link` point at `target`, replacing what it pointed at before. */
export function replaceLink(target: string, link: string): void {
    fs.mkdirSync(path.dirname(link), { recursive: true });
    const fresh = `${link}.${process.pid}`;
    fs.rmSync(fresh, { force: true });
    fs.symlinkSync(target, fresh);
    fs.renameSync(fresh, link);
}
