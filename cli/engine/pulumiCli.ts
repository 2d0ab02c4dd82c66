import { runHints } from "../hints/runHints";
import { Problem } from "../problem";
import { isUntouched } from "./backendFiles";
import { runPulumi } from "./pulumiProcess";

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

/**
 * Runs a short Pulumi command that changes no resource.
 *
 * For reading only: Automation API reads a stack's outputs with two starts of the CLI, one of which decrypts every secret.
 *
 * @param input text for its standard input, if it reads any
 * @throws Problem when there is no `pulumi` on PATH
 */
export async function pulumiCli(folder: string, args: readonly string[], input?: string): Promise<CliResult> {
    const all = [...args, "--non-interactive", "--color", "never"];
    try {
        const { code, stdout, stderr } = await runPulumi(folder, all, {
            env: quietEnvironment,
            ...(input !== undefined && { input }),
        });
        return { ok: code === 0, stdout, stderr };
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") throw missing("pulumi");
        throw error;
    }
}

/** The error for a program that has to be installed. */
export function missing(program: string): Problem {
    return new Problem(`There is no "${program}" on PATH.`, runHints.missingProgram());
}

/** Asks the backend which stacks it knows, as JSON. */
export async function listStacks(folder: string): Promise<CliResult> {
    if (isUntouched(folder, process.env)) return { ok: true, stdout: "[]", stderr: "" };
    return pulumiCli(folder, ["stack", "ls", "--json"]);
}
