import { type NodeAddressType, type NodeFacts, readyNodeAddresses } from "../lib/addresses";
import { type ClusterAccess, getJson } from "./kubectl";

/** Seconds that a cluster may take to answer, so that an update says in time that it does not. */
const answerSeconds = 20;

/**
 * Reads the addresses of the cluster's ready nodes.
 *
 * @throws KubectlError when the cluster can't be reached
 */
export async function nodeAddresses(
    access: ClusterAccess,
    type: NodeAddressType,
): Promise<readonly string[]> {
    const { items } = await getJson<{ readonly items: readonly NodeFacts[] }>(
        access,
        "/api/v1/nodes",
        answerSeconds,
    );
    return readyNodeAddresses(items, type);
}
