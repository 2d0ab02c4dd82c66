import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { LabError, run } from "../exec";
import { cacheDir, imagesLink, logsDir } from "../paths";
import { poll } from "./poll";
import { endsWithCaller } from "./process";

/** How long containerd may take to start, seconds. */
const startSeconds = 30;

/**
 * Folder of the image store that belongs to this checkout's images. It may not exist yet.
 *
 * @throws LabError when there are no images yet
 */
export function imageStorePath(): string {
    if (!fs.existsSync(imagesLink)) {
        throw new LabError('The images are not built yet. Run "npm run lab -- build".');
    }
    return path.join(cacheDir, "image-stores", path.basename(fs.realpathSync(imagesLink), ".tar"));
}

/**
 * Prepares containerd's folder with all images imported and unpacked, once for each image archive; every node then
 * starts from a copy. Kept in the cache, beside the archive.
 *
 * @returns the folder
 * @throws LabError when containerd or the import fails, with its last lines
 */
export async function prepareImageStore(): Promise<string> {
    const store = imageStorePath();
    const archive = fs.realpathSync(imagesLink);
    const parent = path.dirname(store);
    if (fs.existsSync(store)) {
        return store;
    }
    fs.mkdirSync(parent, { recursive: true });
    // What another process was in the middle of; the lab's lock is held, so none is now.
    for (const name of fs.readdirSync(parent).filter((entry) => entry.startsWith("tmp-"))) {
        await run("rm", ["-rf", path.join(parent, name)]);
    }
    const work = fs.mkdtempSync(path.join(parent, "tmp-"));
    const root = path.join(work, "root");
    await importImages(archive, root, path.join(work, "state"));
    fs.renameSync(root, store);
    await run("rm", ["-rf", work]);
    await removeUnused(parent, path.dirname(archive));
    return store;
}

/** Removes the stores whose archive is gone. The nodes made of them have links of their own to the files. */
async function removeUnused(parent: string, archives: string): Promise<void> {
    for (const name of fs.readdirSync(parent)) {
        if (!fs.existsSync(path.join(archives, `${name}.tar`))) {
            await run("rm", ["-rf", path.join(parent, name)]);
        }
    }
}

/**
 * Copies an image store for one node. Files become hard links where the file system allows: what a store holds is never
 * written again, only its databases are, and those are copied.
 */
export async function copyImageStore(store: string, target: string): Promise<void> {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const sameFileSystem = fs.statSync(store).dev === fs.statSync(path.dirname(target)).dev;
    const how = sameFileSystem ? "--link" : "--reflink=auto";
    await run(...endsWithCaller(["cp", "-a", how, "--no-target-directory", store, target]));
    for (const file of databases(target)) {
        fs.copyFileSync(file, `${file}.copy`);
        fs.renameSync(`${file}.copy`, file);
    }
}

/** containerd's databases, each in the folder of a plugin. */
function databases(root: string): string[] {
    return fs
        .readdirSync(root)
        .map((plugin) => path.join(root, plugin))
        .flatMap((dir) => fs.readdirSync(dir).map((name) => path.join(dir, name)))
        .filter((file) => file.endsWith(".db"));
}

/** Imports the archive with a containerd of its own, which ends with this process, however this process ends. */
async function importImages(archive: string, root: string, state: string): Promise<void> {
    const logFile = path.join(logsDir, "image-store.log");
    fs.mkdirSync(path.dirname(logFile), { recursive: true });
    const log = fs.openSync(logFile, "w");
    const socket = path.join(state, "containerd.sock");
    const config = path.join(path.dirname(root), "config.toml");
    fs.mkdirSync(state, { recursive: true });
    fs.writeFileSync(config, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
    // In a mount namespace, so that no temporary mount stays either.
    const child = spawn(
        "setpriv",
        [
            ...[
                "--pdeathsig",
                "KILL",
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
            ],
            ...["containerd", "--config", config, "--root", root, "--state", state, "--address", socket],
        ],
        { stdio: ["ignore", log, log] },
    );
    const ended = new Promise<void>((resolve) => {
        child.on("error", () => {
            resolve();
        });
        child.on("close", () => {
            resolve();
        });
    });
    fs.closeSync(log);
    try {
        const started = await poll(startSeconds, 50, () => {
            return fs.existsSync(socket) || child.exitCode !== null ? fs.existsSync(socket) : undefined;
        });
        if (started !== true) {
            throw new LabError(`containerd did not start to unpack the images. Its output is in ${logFile}.`);
        }
        const client = ["--address", socket, "--namespace", "k8s.io", "images", "import", archive];
        await run("ctr", client, { logFile: path.join(logsDir, "image-import.log") });
    } finally {
        child.kill("SIGKILL");
        await ended;
    }
}
