import * as pulumi from "@pulumi/pulumi";
import type { EastWestGateway } from "../components/eastWestGateway";
import type { ExistingIstio } from "../components/existingIstio";
import type { Istio } from "../components/istio";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { GatewayAddress, GatewayPlace } from "../lib/mesh/contract";
import type { Outputs } from "../outputs";

/** Where the other clusters reach a cluster's gateway. */
export function gatewayAddress(
    settings: ClusterStackSettings,
    istio: Istio | ExistingIstio,
    gateway: EastWestGateway,
): Outputs<GatewayAddress> {
    return {
        kind: settings.gateway.addresses ? "Manual" : settings.gateway.type,
        addresses: gateway.addresses,
        port: gateway.port,
        ...(!settings.istio.install && { namespace: istio.namespace }),
        ...(settings.gateway.port !== undefined && { servicePort: gateway.servicePort }),
        ...peerPlaces(settings, gateway),
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
