import type { ClusterIdentity } from "../lib/mesh/contract";
import { readKubeconfig } from "./kubeconfig";
import { answerSeconds, type ClusterAccess, getJson, KubectlError } from "./kubectl";

/** Reads by what a cluster is told from another; undefined where it doesn't answer, or its user may not read it. */
export async function readClusterIdentity(access: ClusterAccess): Promise<ClusterIdentity | undefined> {
    const { server, ca } = readKubeconfig(access) ?? {};
    if (server === undefined || ca === undefined) return undefined;
    const path = "/api/v1/namespaces/kube-system";
    try {
        const { metadata } = await getJson<{ readonly metadata?: { readonly uid?: string } }>(
            access,
            path,
            answerSeconds,
        );
        return metadata?.uid === undefined ? undefined : { uid: metadata.uid, server, ca };
    } catch (error) {
        if (error instanceof KubectlError) return undefined;
        throw error;
    }
}
