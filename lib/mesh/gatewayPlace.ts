import type { ClusterOutputs, GatewayAddress, GatewayPlace } from "./contract";

/** Where one importing cluster reaches a gateway: at the addresses meant for it, or else at those for everybody. */
export function gatewayPlace({ addresses, port, peers }: GatewayAddress, importer: string): GatewayPlace {
    return peers?.[importer] ?? { addresses, port };
}

/** A cluster's outputs as one importing cluster takes them: with the gateway where that cluster reaches it. */
export function asSeenFrom(importer: string, outputs: ClusterOutputs): ClusterOutputs {
    const { kind } = outputs.gateway;
    return { ...outputs, gateway: { kind, ...gatewayPlace(outputs.gateway, importer) } };
}
