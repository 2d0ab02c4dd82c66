import { PulumiCommand } from "@pulumi/pulumi/automation";
import { runHints } from "../hints/runHints";
import { Problem } from "../problem";
import { missing } from "./pulumiCli";

/** Oldest Pulumi CLI that sends its events the way this command reads them. */
export const oldestPulumi = "3.206.0";

/** Oldest Pulumi CLI that starts a policy pack by itself. */
const oldestForPolicies = "3.255.0";

/** @throws Problem where a Pulumi is too old to be asked about policies */
export function requirePolicies({
    version,
}: {
    readonly version: { readonly version: string; compareMain(other: string): number } | null;
}): void {
    if (version === null || version.compareMain(oldestForPolicies) >= 0) return;
    throw new Problem(
        `The "pulumi" on PATH has version ${version.version}; for policies, which the key "policy" asks for, at least ` +
            `${oldestForPolicies} is needed.`,
        runHints.pulumiTooOld(),
    );
}

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
