import type { DnsFacts } from "../lib/dns/adapter";
import { type ClusterAccess, getJson, type List } from "./kubectl";

interface Volume {
    readonly configMap?: { readonly name?: string };
    readonly projected?: { readonly sources?: readonly Pick<Volume, "configMap">[] };
}

interface DeploymentSpec {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly volumes?: readonly Volume[] } };
}

interface Named {
    readonly metadata: { readonly name: string };
}

/**
 * Reads what the namespace kube-system has of DNS servers.
 *
 * @param timeoutSeconds how long to wait for the cluster
 * @throws KubectlError when the cluster does not answer, or does not let us read
 */
export async function readDnsFacts(access: ClusterAccess, timeoutSeconds: number): Promise<DnsFacts> {
    const namespace = "namespaces/kube-system";
    const [configMaps, deployments] = await Promise.all([
        getJson<List<Named & { readonly data?: Readonly<Record<string, string>> }>>(
            access,
            `/api/v1/${namespace}/configmaps`,
            timeoutSeconds,
        ),
        getJson<List<Named & { readonly spec: DeploymentSpec }>>(
            access,
            `/apis/apps/v1/${namespace}/deployments`,
            timeoutSeconds,
        ),
    ]);
    return {
        configMaps: new Map(
            configMaps.items.map(({ metadata, data }) => [metadata.name, data?.["Corefile"]]),
        ),
        deployments: deployments.items.map(({ metadata, spec }) => ({
            name: metadata.name,
            replicas: spec.replicas ?? 1,
            configMaps: (spec.template.spec.volumes ?? []).flatMap(mountedBy),
        })),
    };
}

function mountedBy({ configMap, projected }: Volume): readonly string[] {
    return [configMap, ...(projected?.sources ?? []).map((source) => source.configMap)]
        .map((source) => source?.name)
        .filter((name) => name !== undefined);
}
