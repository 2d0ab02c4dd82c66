import type { ObjectFacts } from "../lib/cluster/foreignObjects";
import { networkingApiVersion, securityApiVersion } from "../lib/istio/types";
import { listPath } from "./fieldManagers";
import { answerSeconds, type ClusterAccess, getJson, kubectl, KubectlError, type List } from "./kubectl";

/**
 * Reads the objects of one of Istio's kinds in every namespace. Empty where the cluster has no such kind, or does not let us
 * read them: what is not known can't stand in the way.
 */
export function readIstioObjects(access: ClusterAccess, kind: string): Promise<readonly ObjectFacts[]> {
    const apiVersion = kind === "AuthorizationPolicy" ? securityApiVersion : networkingApiVersion;
    return known(getJson<List<ObjectFacts>>(access, listPath({ apiVersion, kind }), answerSeconds));
}

/** Reads the objects of Kubernetes' own kinds that the mesh is made of, in one namespace, under the same rule. */
export function readKubernetesObjects(
    access: ClusterAccess,
    namespace: string,
): Promise<readonly ObjectFacts[]> {
    // One process for all kinds: to start kubectl costs more than what it asks.
    const args = ["get", "services,deployments.apps,serviceaccounts", "-n", namespace];
    const asked = kubectl(access, [...args, "-o", "json", "--show-managed-fields"], {
        timeoutSeconds: answerSeconds,
    });
    return known(asked.then((text) => JSON.parse(text) as List<ObjectFacts>));
}

async function known(list: Promise<List<ObjectFacts>>): Promise<readonly ObjectFacts[]> {
    try {
        return (await list).items;
    } catch (error) {
        if (error instanceof KubectlError) return [];
        throw error;
    }
}
