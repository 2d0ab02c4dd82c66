import type { ClusterOutputs } from "../../lib/mesh/contract";
import { explain } from "./diagnosis";
import { asClusterOutputs } from "./events";
import { Problem } from "../problem";
import { pulumiCli } from "./pulumiCli";

/**
 * Reads the plain outputs of a cluster stack, or undefined when the stack does not exist or has none yet.
 *
 * @throws Problem when Pulumi is missing, not logged in, or lacks the passphrase
 */
export async function readOutputs(folder: string, stack: string): Promise<ClusterOutputs | undefined> {
    const { ok, stdout, stderr } = await pulumiCli(folder, ["stack", "output", "--json", "--stack", stack]);
    if (ok) return asClusterOutputs(JSON.parse(stdout));
    if (/no stack named/.test(stderr)) return undefined;
    const { messages, nextStep } = explain(stack, "up", [], stderr);
    throw new Problem(`The outputs of stack "${stack}" can't be read. ${messages.join("\n")}`, nextStep);
}
