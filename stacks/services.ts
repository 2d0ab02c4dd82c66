import type * as pulumi from "@pulumi/pulumi";
import { ConnectivityCheck } from "../components/connectivityCheck";
import type { EgressGateway } from "../components/egressGateway";
import { ExportedServices } from "../components/exportedServices";
import { ImportedServices } from "../components/importedServices";
import type { SampleApps } from "../components/sampleApps";
import { outlierDetection } from "../lib/mesh/failover";
import { isShared } from "../lib/mesh/sharedRules";
import type { ExistingIstio } from "../components/existingIstio";
import type { Istio } from "../components/istio";
import type { PlacedImport } from "./places";
import { clusterInputs } from "./access";
import type { ClusterPlan, PlannedExport } from "./plan";

/** What every component of a cluster stands on. */
export interface Base {
    readonly istio: Istio | ExistingIstio;
    readonly opts: pulumi.ComponentResourceOptions;
}

/** Makes what holds a cluster's exports together; undefined where it exports nothing. */
export function buildExports(
    { exports }: ClusterPlan,
    { istio, opts }: Base,
    samples: SampleApps,
): ExportedServices | undefined {
    if (exports.length === 0) return undefined;
    return new ExportedServices("exports", {
        ...opts,
        dependsOn: [...istio.ready, ...samples.namespaces],
    });
}

/** Makes what a service needs that the cluster exports. */
export function addExport(
    exports: ExportedServices | undefined,
    entry: PlannedExport,
): pulumi.CustomResource | undefined {
    const { name, versions, ownIdentities, alsoImported, ...settings } = entry;
    return exports?.add(name, {
        ...settings,
        // Where the host is imported too, one rule and one list of identities stand for own and remote pods.
        subsets: alsoImported ? [] : versions,
        identities: alsoImported && together(ownIdentities, alsoImported.identities),
    });
}

/** Makes what holds a cluster's imports together; undefined where it imports nothing. */
export function buildImports(
    { imports, sharedRules }: ClusterPlan,
    { istio, opts }: Base,
): ImportedServices | undefined {
    if (imports.length === 0) return undefined;
    return new ImportedServices(
        "imports",
        { namespace: istio.namespace, sharedRules },
        { ...opts, dependsOn: [...istio.ready] },
    );
}

/** Makes what a service needs that the cluster imports. */
export function addImport(
    imports: ImportedServices | undefined,
    entry: PlacedImport,
    { istio, sharedRules }: Pick<Base, "istio"> & Pick<ClusterPlan, "sharedRules">,
    beside: {
        readonly egress: EgressGateway | undefined;
        readonly own: pulumi.CustomResource | undefined;
    },
): readonly pulumi.CustomResource[] {
    const { name, own, settings } = entry;
    return (
        imports?.add(
            // Beside own pods its objects have another name and namespace, so they are other resources too.
            `${name}-${own ? "remote" : "import"}`,
            {
                ...entry,
                namespace: own?.namespace ?? istio.namespace,
                balance: settings.balance,
                outlierDetection: outlierDetection(settings.outlierDetection),
                connectionPool: settings.connectionPool,
                calls: { routes: entry.routes, timeout: settings.timeout, retries: settings.retries },
                visibleIn: settings.namespaces,
                own: own && { subsets: own.versions },
                identities: own ? together(own.ownIdentities, entry.identities) : entry.identities,
                egress: beside.egress,
                isRuleShared: isShared(sharedRules, entry),
            },
            [
                // No call may be sent to an egress gateway that does not run yet.
                ...(beside.egress ? [beside.egress] : []),
                // Of two entries of one host istiod takes the older one for what the host is.
                ...(beside.own ? [beside.own] : []),
            ],
        ) ?? []
    );
}

function together(own: readonly string[], remote: readonly string[]): readonly string[] {
    return [...new Set([...own, ...remote])];
}

/** Makes the checks that an import answers, where they are asked for. */
export function checkConnectivity(
    { settings, probe }: ClusterPlan,
    { name, host, ports, exporters, goesOut }: PlacedImport,
    dependsOn: pulumi.Resource[],
): void {
    if (!settings.connectivityCheck || probe === undefined || exporters.length === 0) return;
    for (const { number } of ports.filter(({ protocol }) => ["HTTP", "HTTP2"].includes(protocol))) {
        new ConnectivityCheck(
            `${name}-${number}`,
            {
                ...clusterInputs(settings),
                from: probe,
                url: `http://${host}:${number}/`,
                triggers: [
                    ...exporters.flatMap(({ place }) =>
                        place ? [...place.addresses, String(place.port)] : [],
                    ),
                    goesOut ? "egress" : "direct",
                ],
            },
            { dependsOn },
        );
    }
}
