import type { ExistingIstioFacts, IstiodFacts } from "../lib/istio/existing";
import type { NamespaceFacts } from "../lib/base/ownership";
import { revisionSuffix } from "../lib/istio/revisions";
import { readCaCerts } from "./caCerts";
import { answerSeconds, type ClusterAccess, getJson, KubectlError, type List, unlessAbsent } from "./kubectl";

/** Reads every namespace of a cluster. */
export async function readNamespaces(access: ClusterAccess): Promise<readonly NamespaceFacts[]> {
    const { items } = await getJson<List<NamespaceFacts>>(access, "/api/v1/namespaces", answerSeconds);
    return items;
}

/** Reads the Deployments of every istiod of a cluster. */
export async function readIstiods(access: ClusterAccess): Promise<readonly IstiodFacts[]> {
    const path = `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent("app=istiod")}`;
    const { items } = await getJson<List<IstiodFacts>>(access, path, answerSeconds);
    return items;
}

/** Reads what else is known of an Istio that somebody has installed: its settings, definitions and certificates. */
export async function readExistingIstio(
    access: ClusterAccess,
    namespace: string,
    revision: string,
): Promise<Omit<ExistingIstioFacts, "istiods">> {
    const settings = `/api/v1/namespaces/${namespace}/configmaps/istio${revisionSuffix(revision)}`;
    const [mesh, definitions, certificates] = await Promise.all([
        unlessAbsent(getJson<{ data?: { mesh?: string } }>(access, settings, answerSeconds)),
        unlessAbsent(getJson(access, "/apis/networking.istio.io/v1", answerSeconds)),
        // Without its key, which must not leave the cluster.
        hasCaCerts(access, namespace),
    ]);
    return {
        meshConfig: mesh?.data?.mesh,
        hasDefinitions: definitions !== undefined,
        hasCaCerts: certificates,
    };
}

/** Whether there is a Secret `cacerts`. Whoever may not read it is told of no change that it would make. */
async function hasCaCerts(access: ClusterAccess, namespace: string): Promise<boolean> {
    try {
        return (await readCaCerts(access, namespace)) !== undefined;
    } catch (error) {
        if (error instanceof KubectlError && error.reason === "Forbidden") return true;
        throw error;
    }
}
