import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { environment, folder, noteFile, optional } from "./job";

/**
 * Runs a command of `mesh` as the job's environment says, and returns its exit code.
 *
 * @param output file for what it prints; the job's log by default
 */
export async function mesh(args: readonly string[], output?: string): Promise<number> {
    const kubeconfig = writeKubeconfig();
    const stdout = output === undefined ? "inherit" : fs.openSync(output, "w", 0o600);
    try {
        const chosen = environment === "" ? [] : ["--env", environment];
        const child = spawn(process.execPath, ["load.js", "cli/main.ts", ...chosen, ...args], {
            cwd: folder,
            env: { ...process.env, ...(kubeconfig !== undefined && { KUBECONFIG: kubeconfig }) },
            stdio: ["ignore", stdout, "inherit"],
        });
        const [code] = (await once(child, "exit")) as [number | null];
        return code ?? 1;
    } finally {
        if (typeof stdout === "number") fs.closeSync(stdout);
        if (kubeconfig !== undefined) fs.rmSync(kubeconfig, { force: true });
    }
}

/** Puts the kubeconfig that the job was handed as a text where kubectl finds it, for as long as it is needed. */
function writeKubeconfig(): string | undefined {
    const content = optional("KUBECONFIG_CONTENT");
    if (content === "") return undefined;
    const file = noteFile("kubeconfig");
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
}
