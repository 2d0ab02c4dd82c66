import { type ClusterStackSettings, importVia } from "../config/clusterStack";
import type { ClusterDns } from "../dns/adapter";
import { gatewayNamespace } from "./findings";
import type { Right } from "./rights";

/** What a stack has to be allowed in its cluster. */
export interface NeededRights {
    /** What a preview and an update read before the first write. */
    readonly look: readonly Right[];
    /** What an update does, and one that takes it back, or a destroy. */
    readonly change: readonly Right[];
}

/** A resource of an API group, as roles name it. */
type Resource = readonly [group: string, resource: string];

const core = (resource: string): Resource => ["", resource];
const apps = (resource: string): Resource => ["apps", resource];
const rbac = (resource: string): Resource => ["rbac.authorization.k8s.io", resource];
const webhooks = (kind: string): Resource => ["admissionregistration.k8s.io", `${kind}webhookconfigurations`];
const definitions: Resource = ["apiextensions.k8s.io", "customresourcedefinitions"];
const serviceEntries: Resource = ["networking.istio.io", "serviceentries"];
const rules: Resource = ["networking.istio.io", "destinationrules"];
const routes: Resource = ["networking.istio.io", "virtualservices"];
const gateways: Resource = ["networking.istio.io", "gateways"];
const policies: Resource = ["security.istio.io", "authorizationpolicies"];

const watch = ["get", "list", "watch"];
/** What Pulumi's provider does with an object that it makes: it applies and deletes it, and looks until both are done. */
const make = [...watch, "create", "patch", "delete"];
/** istiod's roles allow more than whoever installs it may be allowed, which Kubernetes lets nobody else grant. */
const grant = [...make, "escalate", "bind"];

const dnsNamespace = "kube-system";

/**
 * Works out from a stack's settings what it has to be allowed.
 *
 * @param makesNamespace whether it makes Istio's namespace, and so deletes it with all that is in it
 */
export function neededRights(
    settings: ClusterStackSettings,
    dns: ClusterDns,
    makesNamespace: boolean,
): NeededRights {
    const { connectivityCheck, egress, exports, gateway, imports, istio, sampleApps } = settings;
    const home = gatewayNamespace(settings);
    const goesOut = imports.some((entry) => importVia(settings, entry) === "egress");
    const samples = [sampleApps.sleep, sampleApps.httpbin].flatMap((sample) => sample?.namespace ?? []);
    const exporting = exports.map(({ namespace }) => namespace);
    const importing = imports.length === 0 ? [] : [home, ...(goesOut ? [egress.namespace] : [])];
    return {
        look: [
            ...rights(["list"], [core("namespaces"), apps("deployments")]),
            ...(gateway.type === "NodePort" && !gateway.addresses ? rights(["list"], [core("nodes")]) : []),
            ...rights(["list"], [serviceEntries, rules, routes, gateways, policies]),
            ...(settings.dns.adapter === undefined
                ? rights(["list"], [core("configmaps"), apps("deployments")], [dnsNamespace])
                : []),
        ],
        change: [
            ...rights(make, [core("namespaces")]),
            ...cacertsRights(istio, makesNamespace),
            ...(istio.install
                ? istioRights(istio)
                : rights(["get", "update"], [apps("deployments")], [istio.namespace])),
            ...workloads([home, ...(goesOut ? [egress.namespace] : []), ...samples]),
            ...rights(make, [gateways], [home, ...(goesOut ? [egress.namespace] : [])]),
            ...rights(make, [serviceEntries, rules, policies], exporting),
            ...rights(make, [serviceEntries, rules, routes], importing),
            ...(connectivityCheck ? rights(["create"], [core("pods/exec")], samples) : []),
            ...("configMap" in dns ? dnsRights() : []),
        ],
    };
}

/** Each of some resources in each of some namespaces, or everywhere. */
function rights(
    verbs: readonly string[],
    resources: readonly Resource[],
    namespaces: readonly (string | undefined)[] = [undefined],
): readonly Right[] {
    return [...new Set(namespaces)].flatMap((namespace) =>
        resources.map(([group, resource]) => ({
            verbs,
            group,
            resource,
            ...(namespace !== undefined && { namespace }),
        })),
    );
}

function cacertsRights(
    { ca, namespace }: ClusterStackSettings["istio"],
    makesNamespace: boolean,
): readonly Right[] {
    const secrets = (verbs: readonly string[]) => rights(verbs, [core("secrets")], [namespace]);
    const own = secrets(ca === "existing" ? ["get"] : ["get", "create", "patch", "delete"]);
    const named = own.map((right) => ({ ...right, name: "cacerts" }));
    // Pulumi's provider sees a Secret go by watching all of the namespace.
    return ca === "existing" || makesNamespace ? named : [...named, ...secrets(["list", "watch"])];
}

function istioRights({ namespace, removeCrds }: ClusterStackSettings["istio"]): readonly Right[] {
    return [
        ...rights(removeCrds ? make : make.filter((verb) => verb !== "delete"), [definitions]),
        ...rights(make, [webhooks("mutating"), webhooks("validating"), rbac("clusterrolebindings")]),
        ...rights(grant, [rbac("clusterroles")]),
        ...rights(grant, [rbac("roles")], [namespace]),
        ...rights(
            make,
            [
                rbac("rolebindings"),
                ["autoscaling", "horizontalpodautoscalers"],
                ["policy", "poddisruptionbudgets"],
            ],
            [namespace],
        ),
        // What istiod leaves in every namespace goes with a destroy.
        ...rights(["list", "delete"], [core("configmaps")]),
        ...rights(["list"], [core("pods")]),
    ];
}

/** Deployments with their Services, and what shows how far they are. */
function workloads(namespaces: readonly string[]): readonly Right[] {
    return [
        ...rights(
            make,
            [core("configmaps"), core("services"), core("serviceaccounts"), apps("deployments")],
            namespaces,
        ),
        ...rights(
            watch,
            [core("pods"), apps("replicasets"), ["discovery.k8s.io", "endpointslices"]],
            namespaces,
        ),
    ];
}

/** The merge into the cluster's own DNS, and the questions to its pods. */
function dnsRights(): readonly Right[] {
    return [
        ...rights(["get", "create", "update", "delete"], [core("configmaps")], [dnsNamespace]),
        ...rights(["get", "update"], [apps("deployments")], [dnsNamespace]),
        ...rights(["get", "list"], [core("pods")], [dnsNamespace]),
        ...rights(["create"], [core("pods/portforward")], [dnsNamespace]),
    ];
}
