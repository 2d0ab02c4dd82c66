import * as pulumi from "@pulumi/pulumi";
import type { EastWestGateway } from "../components/eastWestGateway";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { gatewayPort } from "../lib/istio/types";
import { type ClusterOutputs, contractVersion, type Export, type GatewayPlace } from "../lib/mesh/contract";
import type { Outputs } from "../outputs";
import type { Built } from "./build";
import type { ClusterPlan, PlannedExport } from "./plan";

/** What a cluster stack tells its peers, `mesh` and people. */
export function say(
    plan: ClusterPlan,
    { istio, gateway, egress, globalDns }: Built,
): Outputs<ClusterOutputs> {
    const { settings, ca, probe } = plan;
    const { cluster, mesh } = settings;
    return {
        contractVersion,
        cluster: plan.name,
        kubeconfig: cluster.kubeconfig,
        context: cluster.context,
        suffixes: mesh.suffixes,
        dnsAdapter: plan.dns.adapter,
        trustDomain: mesh.trustDomain,
        acceptedTrustDomains: mesh.acceptedTrustDomains,
        ...(cluster.locality !== undefined && { locality: cluster.locality }),
        gateway: {
            kind: settings.gateway.addresses ? "Manual" : settings.gateway.type,
            addresses: gateway.addresses,
            port: gateway.port,
            ...(!settings.istio.install && { namespace: istio.namespace }),
            ...(settings.gateway.port !== undefined && { servicePort: gateway.servicePort }),
            ...peerPlaces(settings, gateway),
        },
        exports: plan.exports.map(exportOutput),
        imports: plan.imports.map((entry) => ({
            host: entry.host,
            from: entry.exporters.map(({ from }) => from),
            ports: entry.ports,
            virtualAddress: entry.virtualAddress,
            ...(egress && entry.goesOut && { egress: { address: egress.address, port: gatewayPort } }),
        })),
        pendingImports: plan.pending,
        rootFingerprint: ca.rootFingerprint,
        trustedRoots: ca.trustedRoots,
        ...(globalDns && { globalDnsAddress: globalDns.address }),
        ...(probe && { probe }),
    };
}

function exportOutput({
    host,
    service,
    namespace,
    ports,
    virtualAddress,
    versions,
    ownIdentities,
}: PlannedExport): Export {
    return {
        host,
        name: service,
        namespace,
        ports: ports.map(({ name, number, protocol }) => ({ name, number, protocol })),
        virtualAddress,
        ...(versions.length > 0 && { subsets: versions.map(({ name }) => name) }),
        identities: ownIdentities,
    };
}

/** Where single importing clusters reach the gateway, if any reaches it elsewhere than the others do. */
function peerPlaces(
    { gateway: { peerAddresses } }: ClusterStackSettings,
    { servicePort }: EastWestGateway,
): { peers?: Readonly<Record<string, pulumi.Input<GatewayPlace>>> } {
    const places = Object.entries(peerAddresses).map(
        ([peer, { addresses, port }]) =>
            [peer, pulumi.output({ addresses, port: port ?? servicePort })] as const,
    );
    return places.length === 0 ? {} : { peers: Object.fromEntries(places) };
}
