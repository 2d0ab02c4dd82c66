import * as pulumi from "@pulumi/pulumi";
import type { HandoverClient } from "../handover/client";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { TeamFile } from "../lib/config/teamFiles";
import type { WithTeams } from "../lib/config/withTeams";
import type { ClusterOutputs } from "../lib/mesh/contract";
import { strayEntries } from "../lib/mesh/strayTeams";
import type { Outputs } from "../outputs";
import { withContext } from "./access";
import { build } from "./build";
import { meshClusters } from "./examine";
import { lastRunWarning } from "./lastRun";
import { planCluster } from "./plan";
import { refuse } from "./refusal";
import { readAll } from "./read";
import { say } from "./say";

/** What a cluster's program is given. */
export interface ClusterConfig {
    readonly name: string;
    readonly settings: ClusterStackSettings;
    /** What teams' files had to do with the settings. */
    readonly teams: Pick<WithTeams, "warnings" | "placed"> & { readonly files: readonly TeamFile[] };
}

/**
 * The stack of one cluster: its control plane, its gateway, its DNS, what it exports and what it imports.
 *
 * @param transforms what changes every resource on its way to the engine; nothing by default
 * @throws pulumi.RunError with everything that stands against it, before the first write
 */
export async function clusterStack(
    { name, settings: given, teams }: ClusterConfig,
    handover: HandoverClient | undefined,
    transforms: readonly pulumi.ResourceTransform[] = [],
): Promise<Outputs<ClusterOutputs>> {
    const settings = withContext(given);
    const [reading, ofLastRun] = await Promise.all([readAll(name, settings, handover), lastRunWarning()]);
    const { problems, warnings, plan } = planCluster(name, settings, reading);
    refuse(name, problems.map(teams.placed));
    const ofRun = ofLastRun === undefined ? [] : [ofLastRun];
    const stray = strayEntries(
        teams.files.filter(({ team }) => team in settings.teams),
        meshClusters(settings.mesh.caStack, reading.ca.clusters),
    );
    for (const warning of [...ofRun, ...teams.warnings, ...stray, ...warnings.map(teams.placed)])
        await pulumi.log.warn(warning);
    return say(plan, await build(plan, { cluster: name, handover, last: reading.own.outputs }, transforms));
}
