import type { ServiceFacts } from "../lib/mesh/gatewayDrift";
import { answerSeconds, type ClusterAccess, getJson, unlessAbsent } from "./kubectl";

/** API path of the Service of the east-west gateway. */
export function gatewayServicePath(namespace: string): string {
    return `/api/v1/namespaces/${namespace}/services/istio-eastwestgateway`;
}

/**
 * Reads the Service of a cluster's east-west gateway, or undefined when it is not there.
 *
 * @throws KubectlError when the cluster can't be reached
 */
export async function readGatewayService(
    access: ClusterAccess,
    namespace: string,
): Promise<ServiceFacts | undefined> {
    return unlessAbsent(getJson<ServiceFacts>(access, gatewayServicePath(namespace), answerSeconds));
}
