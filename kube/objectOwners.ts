import type { ObjectFacts } from "../lib/cluster/foreignObjects";
import { answerSeconds, type ClusterAccess, kubectl, KubectlError, type List } from "./kubectl";

const ofIstio = [
    "serviceentries.networking.istio.io",
    "destinationrules.networking.istio.io",
    "virtualservices.networking.istio.io",
    "gateways.networking.istio.io",
    "authorizationpolicies.security.istio.io",
];
const ofKubernetes = ["services", "deployments.apps", "serviceaccounts"];

/**
 * Reads Istio's objects of the kinds that the mesh is made of, in every namespace. Empty where the cluster has no such
 * kinds, or does not let us read them: what is not known can't stand in the way.
 */
export function readIstioObjects(access: ClusterAccess): Promise<readonly ObjectFacts[]> {
    return readObjects(access, ofIstio, ["--all-namespaces"]);
}

/** Reads the objects of Kubernetes' own kinds that the mesh is made of, in one namespace. */
export function readKubernetesObjects(
    access: ClusterAccess,
    namespace: string,
): Promise<readonly ObjectFacts[]> {
    return readObjects(access, ofKubernetes, ["--namespace", namespace]);
}

async function readObjects(
    access: ClusterAccess,
    kinds: readonly string[],
    where: readonly string[],
): Promise<readonly ObjectFacts[]> {
    // One process for all kinds: to start kubectl costs more than what it asks.
    const args = ["get", kinds.join(","), ...where, "-o", "json", "--show-managed-fields"];
    try {
        const text = await kubectl(access, args, { timeoutSeconds: answerSeconds });
        return (JSON.parse(text) as List<ObjectFacts>).items;
    } catch (error) {
        if (error instanceof KubectlError) return [];
        throw error;
    }
}
