import * as fs from "node:fs";
import { fileHints } from "../hints/fileHints";
import { Problem } from "../problem";

/** Why a file can't be made, by the system's code; others are for whoever says it of every file. */
const refusals: Readonly<Record<string, string>> = {
    EEXIST: "is there already, and nothing is written over",
    ENOENT: "can't be made: its folder is not there",
    ENOTDIR: "can't be made: its folder is a file",
    EISDIR: "is a folder",
    ENAMETOOLONG: "can't be made: its name is too long",
    EACCES: "can't be made: that is not allowed",
    EPERM: "can't be made: that is not allowed",
    EROFS: "can't be made: its disk is read-only",
};

/**
 * A file that only its owner can read. It is made before the work begins, so that whoever named a place that can't be written to
 * learns it at once, and taken away again if nothing comes of the work.
 */
export class BundleFile {
    private isWritten = false;
    private isClosed = false;

    private constructor(
        readonly path: string,
        private readonly fd: number,
    ) {}

    /**
     * Makes it, empty.
     *
     * @throws Problem where it is there already, or can't be made
     */
    static make(path: string): BundleFile {
        try {
            return new BundleFile(path, fs.openSync(path, "wx", 0o600));
        } catch (error) {
            const refusal = refusals[(error as NodeJS.ErrnoException).code ?? ""];
            if (refusal === undefined) throw error;
            throw new Problem(`${path} ${refusal}.`, fileHints.otherBundle());
        }
    }

    /** Writes all of it. */
    write(text: string): void {
        try {
            fs.writeFileSync(this.fd, text);
            fs.fsyncSync(this.fd);
        } catch (error) {
            // What the system says of a descriptor does not name the file.
            throw Object.assign(error as Error, { path: this.path });
        }
        this.isWritten = true;
    }

    /** Ends with it: what was not written whole goes. */
    close(): void {
        if (this.isClosed) return;
        this.isClosed = true;
        fs.closeSync(this.fd);
        if (!this.isWritten) fs.rmSync(this.path, { force: true });
    }
}
