import * as pulumi from "@pulumi/pulumi";
import type { HandoverClient } from "../handover/client";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { ClusterOutputs } from "../lib/mesh/contract";
import type { Outputs } from "../outputs";
import { withContext } from "./access";
import { build } from "./build";
import { lastRunWarning } from "./lastRun";
import { planCluster } from "./plan";
import { refuse } from "./refusal";
import { readAll } from "./read";
import { say } from "./say";

/**
 * The stack of one cluster: its control plane, its gateway, its DNS, what it exports and what it imports.
 *
 * @throws pulumi.RunError with everything that stands against it, before the first write
 */
export async function clusterStack(
    name: string,
    given: ClusterStackSettings,
    handover: HandoverClient | undefined,
): Promise<Outputs<ClusterOutputs>> {
    const settings = withContext(given);
    const [reading, ofLastRun] = await Promise.all([readAll(name, settings, handover), lastRunWarning()]);
    const { problems, warnings, plan } = planCluster(name, settings, reading);
    refuse(name, problems);
    for (const warning of [...(ofLastRun === undefined ? [] : [ofLastRun]), ...warnings])
        await pulumi.log.warn(warning);
    return say(plan, await build(plan, { cluster: name, handover, last: reading.own.outputs }));
}
