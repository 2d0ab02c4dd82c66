import type { ServiceFacts } from "../lib/gatewayDrift";
import { unlessAbsent } from "./clusterDns";
import { type ClusterAccess, getJson } from "./kubectl";

/** Seconds that a cluster may take to answer. */
const answerSeconds = 20;

/**
 * Reads the Service of a cluster's east-west gateway, or undefined when it is not there.
 *
 * @throws KubectlError when the cluster can't be reached
 */
export async function readGatewayService(access: ClusterAccess): Promise<ServiceFacts | undefined> {
    const path = "/api/v1/namespaces/istio-system/services/istio-eastwestgateway";
    return unlessAbsent(getJson<ServiceFacts>(access, path, answerSeconds));
}
