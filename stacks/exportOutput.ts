import type { Export } from "../lib/mesh/contract";
import type { PlannedExport } from "./plan";

/** An export as a cluster's outputs tell it. */
export function exportOutput(entry: PlannedExport): Export {
    const { host, service, namespace, ports, virtualAddress, versions, ownIdentities, owner, consent } =
        entry;
    return {
        host,
        name: service,
        namespace,
        ports: ports.map(({ name, number, protocol }) => ({ name, number, protocol })),
        virtualAddress,
        ...(versions.length > 0 && { subsets: versions.map(({ name }) => name) }),
        identities: ownIdentities,
        ...(owner !== undefined && { owner }),
        ...consent,
    };
}
