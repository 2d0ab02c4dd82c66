import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { CommandLine } from "../commandLine";
import type { Mesh } from "../plan";
import { diagnose } from "./diagnose";
import { asClusterOutputs } from "./events";
import { Problem } from "../problem";
import { pulumiCli } from "./pulumiCli";

/**
 * Reads the plain outputs of a cluster stack, or undefined when the stack does not exist or has none yet.
 *
 * @throws Problem when Pulumi is missing, not logged in, or lacks the passphrase
 */
export async function readOutputs(
    folder: string,
    { project }: Mesh,
    stack: string,
    command: CommandLine,
): Promise<ClusterOutputs | undefined> {
    const { ok, stdout, stderr } = await pulumiCli(folder, ["stack", "output", "--json", "--stack", stack]);
    if (ok) return asClusterOutputs(JSON.parse(stdout));
    if (/no stack named/.test(stderr)) return undefined;
    const { messages, nextStep } = await diagnose({ folder, project, stack, command, stderr });
    throw new Problem(`The outputs of stack "${stack}" can't be read. ${messages.join("\n")}`, nextStep);
}

/** The same of all clusters of a mesh, by their stacks. */
export async function readAllOutputs(
    folder: string,
    mesh: Mesh,
    command: CommandLine,
): Promise<ReadonlyMap<string, ClusterOutputs | undefined>> {
    const read = mesh.clusters.map(
        async (stack) => [stack, await readOutputs(folder, mesh, stack, command)] as const,
    );
    return new Map(await Promise.all(read));
}
