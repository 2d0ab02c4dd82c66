import * as pulumi from "@pulumi/pulumi";
import { gatewayPort } from "../lib/istio/types";
import { type ClusterOutputs, contractVersion } from "../lib/mesh/contract";
import type { Outputs } from "../outputs";
import type { Built } from "./build";
import { exportOutput } from "./exportOutput";
import { gatewayAddress } from "./gatewayAddress";
import { keptProblem } from "./leave";
import { appliedImport } from "./places";
import type { ClusterPlan } from "./plan";

/**
 * What a cluster stack tells its peers, `mesh` and people, once its imports are in place or given up.
 *
 * @throws pulumi.RunError where importers have not left what the cluster was to take away. Without an end of the program the
 *   engine deletes nothing.
 */
export async function say(plan: ClusterPlan, built: Built): Promise<Outputs<ClusterOutputs>> {
    const { settings, ca, probe } = plan;
    const { cluster, mesh } = settings;
    const { definitions, istio, gateway, egress, globalDns } = built;
    const [imports, kept] = await Promise.all([built.imports, built.kept, built.told]);
    if (kept.length > 0) throw new pulumi.RunError(keptProblem(plan.name, kept));
    return {
        contractVersion,
        cluster: plan.name,
        context: cluster.context,
        ...(definitions && {
            definitionsApart: !plan.releasesDefinitions,
            definitions: { source: definitions.source, names: definitions.names },
        }),
        ...(plan.identity && { identity: plan.identity }),
        suffixes: mesh.suffixes,
        dnsAdapter: plan.dns.adapter,
        trustDomain: mesh.trustDomain,
        acceptedTrustDomains: mesh.acceptedTrustDomains,
        ...(cluster.locality !== undefined && { locality: cluster.locality }),
        gateway: gatewayAddress(settings, istio, gateway),
        exports: plan.exports.map(exportOutput),
        imports: imports
            .filter(({ exporters }) => exporters.length > 0)
            .map((entry) => ({
                host: entry.host,
                from: entry.exporters.map(({ from }) => from),
                ports: entry.ports,
                virtualAddress: entry.virtualAddress,
                applied: appliedImport(entry),
                ...(entry.settings.owner !== undefined && { owner: entry.settings.owner }),
                ...(egress && entry.goesOut && { egress: { address: egress.address, port: gatewayPort } }),
            })),
        pendingImports: [...plan.pending, ...imports.flatMap(({ waits }) => waits)],
        rootFingerprint: ca.rootFingerprint,
        trustedRoots: ca.trustedRoots,
        ...(globalDns && { globalDnsAddress: globalDns.address }),
        ...(probe && { probe }),
    };
}
