import { readGatewayService } from "../../kube/gatewayService";
import { KubectlError } from "../../kube/kubectl";
import { systemNamespace } from "../../lib/config/istio";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { gatewayDrift } from "../../lib/mesh/gatewayDrift";

/**
 * Says how a cluster's gateway differs from what its stack's outputs tell the others, or undefined where it does not.
 *
 * An update compares with the state alone and would miss it, while every importing cluster's calls fail. A cluster that
 * does not answer counts as unchanged: its own update says what is wrong with it.
 *
 * @param folder the project folder
 */
export async function findGatewayDrift(folder: string, outputs: ClusterOutputs): Promise<string | undefined> {
    const access = { stack: outputs.cluster, folder, context: outputs.context };
    try {
        const { namespace = systemNamespace } = outputs.gateway;
        return gatewayDrift(outputs.gateway, await readGatewayService(access, namespace));
    } catch (error) {
        if (error instanceof KubectlError) return undefined;
        throw error;
    }
}

/** The line that says why a run reads a cluster's real state first, without being told to. */
export function driftSentence(cluster: string, drift: string): string {
    return `${cluster}: ${drift}, so its real state is read first, as with --refresh.`;
}
