import type { ClusterOutputs } from "./contract";

/** Namespace of a cluster's egress gateway; undefined where calls of a host leave directly. */
export function egressNamespace(
    { imports }: Pick<ClusterOutputs, "imports">,
    host: string,
): string | undefined {
    // Its address is that of its Service, NAME.NAMESPACE.svc.DOMAIN.
    return imports.find((each) => each.host === host)?.egress?.address.split(".")[1];
}
