import { getJson } from "../../kube/kubectl";
import { access, istioDefinitions, onCluster } from "./cluster";

/** Kinds of which a mesh makes objects, beside Istio's own. */
const kinds = [
    ...["namespaces", "deployments", "services", "serviceaccounts", "configmaps", "secrets"],
    ...["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    ...["horizontalpodautoscalers", "poddisruptionbudgets"],
    ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
];

interface KubernetesObject {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: unknown;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly managedFields?: readonly { readonly manager?: string }[];
    };
    readonly spec?: object;
    readonly status?: unknown;
}

/**
 * Every object of a cluster that Pulumi has written, with its content: `KIND NAMESPACE/NAME` and all fields but those that
 * only tell when and how often it was written.
 */
export async function ownObjects(cluster: string): Promise<Readonly<Record<string, unknown>>> {
    const all = [...kinds, ...(await istioDefinitions(cluster))].join(",");
    const args = ["get", all, "--all-namespaces", "--show-managed-fields", "-o", "json"];
    const { items } = JSON.parse(await onCluster(cluster, args)) as {
        readonly items: readonly KubernetesObject[];
    };
    const own = items.filter(({ metadata: { managedFields = [] } }) =>
        managedFields.some(({ manager }) => manager?.startsWith("pulumi-kubernetes") === true),
    );
    return Object.fromEntries(
        own.map((object) => {
            const { namespace = "", name } = object.metadata;
            return [`${object.kind} ${namespace}/${name}`, contentOf(object)] as const;
        }),
    );
}

function contentOf({ status: _, metadata, ...content }: KubernetesObject): unknown {
    const annotations = Object.entries(metadata.annotations ?? {}).filter(
        ([key]) => key !== "deployment.kubernetes.io/revision",
    );
    return { ...content, spec: ownSpec(content), labels: metadata.labels, annotations };
}

/** A Service that has gone and come again has another address, which nobody but the cluster chooses. */
function ownSpec({ kind, spec }: Omit<KubernetesObject, "metadata">): unknown {
    if (kind !== "Service") return spec;
    const chosen = ["clusterIP", "clusterIPs"];
    return Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !chosen.includes(key)));
}

/** True once the object at a path of the API server holds a text in its JSON; false too where there is none. */
export async function holds(cluster: string, path: string, text: string): Promise<boolean> {
    const found = await getJson<unknown>(access(cluster), path).catch(() => undefined);
    return JSON.stringify(found ?? "").includes(text);
}

/** Name of the ConfigMap that GlobalDns's pods mount, or undefined where there is no such ConfigMap. */
export async function mountedConfig(cluster: string): Promise<string | undefined> {
    const { spec } = await getJson<{
        readonly spec: {
            readonly template: {
                readonly spec: {
                    readonly volumes: readonly { readonly configMap?: { readonly name: string } }[];
                };
            };
        };
    }>(access(cluster), "/apis/apps/v1/namespaces/istio-system/deployments/global-dns");
    const name = spec.template.spec.volumes[0]?.configMap?.name;
    const path = `/api/v1/namespaces/istio-system/configmaps/${name ?? ""}`;
    return (await holds(cluster, path, '"zone.')) ? name : undefined;
}
