import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A shell script in the place of kubectl, first on PATH. */
export class StandInKubectl {
    private readonly before = process.env["PATH"];
    readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));

    constructor() {
        process.env["PATH"] = `${this.folder}${path.delimiter}${this.before ?? ""}`;
    }

    /** What it does from now on, in the shell's words. */
    does(script: string): void {
        fs.writeFileSync(path.join(this.folder, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }

    remove(): void {
        process.env["PATH"] = this.before;
        fs.rmSync(this.folder, { recursive: true });
    }
}
