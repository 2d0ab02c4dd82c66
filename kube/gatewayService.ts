import type { ServiceFacts } from "../lib/gatewayDrift";
import { type ClusterAccess, getJson, KubectlError } from "./kubectl";

/** Seconds that a cluster may take to answer. */
const answerSeconds = 20;

/**
 * Reads the Service of a cluster's east-west gateway, or undefined when it is not there.
 *
 * @throws KubectlError when the cluster can't be reached
 */
export async function readGatewayService(access: ClusterAccess): Promise<ServiceFacts | undefined> {
    const path = "/api/v1/namespaces/istio-system/services/istio-eastwestgateway";
    try {
        return await getJson<ServiceFacts>(access, path, answerSeconds);
    } catch (error) {
        if (error instanceof KubectlError && error.reason === "NotFound") return undefined;
        throw error;
    }
}
