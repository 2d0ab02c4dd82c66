import { execFile } from "node:child_process";
import { runHints } from "../hints/runHints";
import { Problem } from "../problem";

/** What a short Pulumi command wrote, and whether it succeeded. */
export interface CliResult {
    readonly ok: boolean;
    readonly stdout: string;
    readonly stderr: string;
}

/**
 * Keeps Pulumi from asking the network for newer releases of itself, and tells the program that `mesh` runs it, which has
 * looked for itself how the stack's last run ended.
 */
export const quietEnvironment = { PULUMI_SKIP_UPDATE_CHECK: "true", MESH_COMMAND: "true" };

const outputLimitBytes = 64 * 1024 * 1024;

/**
 * Runs a short Pulumi command that changes no resource.
 *
 * For reading only: Automation API reads a stack's outputs with two starts of the CLI, one of which decrypts every secret.
 *
 * @throws Problem when there is no `pulumi` on PATH
 */
export function pulumiCli(folder: string, args: readonly string[]): Promise<CliResult> {
    const env = { ...process.env, ...quietEnvironment };
    const options = { cwd: folder, env, maxBuffer: outputLimitBytes };
    return new Promise((resolve, reject) => {
        execFile(
            "pulumi",
            [...args, "--non-interactive", "--color", "never"],
            options,
            (error, stdout, stderr) => {
                if (error?.code === "ENOENT") reject(missing("pulumi"));
                else resolve({ ok: error === null, stdout, stderr });
            },
        );
    });
}

/** The error for a program that has to be installed. */
export function missing(program: string): Problem {
    return new Problem(`There is no "${program}" on PATH.`, runHints.missingProgram());
}

/** Asks the backend which stacks it knows, as JSON. */
export function listStacks(folder: string): Promise<CliResult> {
    return pulumiCli(folder, ["stack", "ls", "--json"]);
}
