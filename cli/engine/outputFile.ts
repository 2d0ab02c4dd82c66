import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/**
 * A file without a name for what a command writes. A pipe would end the command by SIGPIPE, in the middle of its work, when
 * the process that reads it is killed.
 */
export class OutputFile {
    private constructor(readonly fd: number) {}

    /** Makes one, in the folder for temporary files; undefined where that can't be written. */
    static open(): OutputFile | undefined {
        try {
            const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-"));
            try {
                return new OutputFile(fs.openSync(path.join(folder, "output"), "wx+", 0o600));
            } finally {
                fs.rmSync(folder, { recursive: true });
            }
        } catch {
            return undefined;
        }
    }

    /** All that was written. To be asked for once. */
    take(): string {
        const buffer = Buffer.alloc(fs.fstatSync(this.fd).size);
        const length = fs.readSync(this.fd, buffer, 0, buffer.length, 0);
        fs.closeSync(this.fd);
        return buffer.toString("utf8", 0, length);
    }
}
