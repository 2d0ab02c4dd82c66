import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { isRunning } from "./isRunning";

const prefix = "istio-multicluster-run-";

/** A folder of one command that only its user can enter, and that goes with the command. */
export class RunFolder {
    private constructor(readonly path: string) {}

    /** Makes one, and takes away what earlier commands that were killed have left. */
    static open(): RunFolder {
        removeStale();
        const folder = new RunFolder(fs.mkdtempSync(path.join(os.tmpdir(), `${prefix}${process.pid}-`)));
        process.once("exit", folder.remove);
        return folder;
    }

    /** Takes it away with everything in it. */
    readonly remove = (): void => {
        process.removeListener("exit", this.remove);
        fs.rmSync(this.path, { recursive: true, force: true });
    };
}

/** Takes away the folders of commands that were killed: those of this user whose process is gone. */
export function removeStale(): void {
    const uid = process.getuid?.();
    for (const name of fs.readdirSync(os.tmpdir())) {
        if (!name.startsWith(prefix)) continue;
        const folder = path.join(os.tmpdir(), name);
        const pid = Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1]);
        if (fs.statSync(folder, { throwIfNoEntry: false })?.uid !== uid || isRunning(pid)) continue;
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
