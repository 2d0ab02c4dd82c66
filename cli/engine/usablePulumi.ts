import { PulumiCommand } from "@pulumi/pulumi/automation";
import { runHints } from "../hints/runHints";
import { Problem } from "../problem";
import { missing } from "./pulumiCli";

/** Oldest Pulumi CLI that sends its events the way this command reads them. */
export const oldestPulumi = "3.206.0";

/**
 * The Pulumi on PATH.
 *
 * @throws Problem when there is none, or it is too old
 */
export async function usablePulumi(): Promise<PulumiCommand> {
    const pulumiCommand = await PulumiCommand.get({ skipVersionCheck: true }).catch(() => {
        throw missing("pulumi");
    });
    if (pulumiCommand.version === null)
        throw new Problem(
            `The "pulumi" on PATH does not say which version it is.`,
            runHints.pulumiWithoutVersion(),
        );
    if (pulumiCommand.version.compareMain(oldestPulumi) < 0)
        throw new Problem(
            `The "pulumi" on PATH has version ${pulumiCommand.version.version}; at least ${oldestPulumi} is needed.`,
            runHints.pulumiTooOld(),
        );
    return pulumiCommand;
}
