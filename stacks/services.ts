import type * as pulumi from "@pulumi/pulumi";
import { ConnectivityCheck } from "../components/connectivityCheck";
import type { EgressGateway } from "../components/egressGateway";
import { ExportedService } from "../components/exportedService";
import { formerly } from "../components/formerly";
import { ImportedService } from "../components/importedService";
import type { SampleApps } from "../components/sampleApps";
import { outlierDetection } from "../lib/mesh/failover";
import type { ExistingIstio } from "../components/existingIstio";
import type { Istio } from "../components/istio";
import type { PlacedImport } from "./places";
import type { ClusterPlan, PlannedExport } from "./plan";

/** What every component of a cluster stands on. */
export interface Base {
    readonly istio: Istio | ExistingIstio;
    readonly opts: pulumi.ComponentResourceOptions;
}

/** Makes what a service needs that the cluster exports. */
export function buildExport(
    entry: PlannedExport,
    { istio, opts }: Base,
    samples: SampleApps,
): ExportedService {
    const { name, versions, ownIdentities, alsoImported, ...settings } = entry;
    return new ExportedService(
        name,
        {
            ...settings,
            // Where the host is imported too, one rule and one list of identities stand for own and remote pods.
            subsets: alsoImported ? [] : versions,
            identities: alsoImported && together(ownIdentities, alsoImported.identities),
        },
        { ...opts, dependsOn: [...istio.ready, ...samples.namespaces] },
    );
}

/** Makes what a service needs that the cluster imports. */
export function buildImport(
    entry: PlacedImport,
    { istio, opts }: Base,
    beside: { readonly egress: EgressGateway | undefined; readonly own: ExportedService | undefined },
): ImportedService {
    const { name, own, settings } = entry;
    // Beside own pods its objects have another name and namespace, so they are other resources too.
    const resource = `${name}-${own ? "remote" : "import"}`;
    return new ImportedService(
        resource,
        {
            ...entry,
            namespace: own?.namespace ?? istio.namespace,
            balance: settings.balance,
            outlierDetection: outlierDetection(settings.outlierDetection),
            retryOn: settings.retryOn,
            own: own && { subsets: own.versions },
            identities: own ? together(own.ownIdentities, entry.identities) : entry.identities,
            egress: beside.egress,
        },
        {
            ...opts,
            ...formerly(resource, name),
            dependsOn: [
                ...istio.ready,
                // No call may be sent to an egress gateway that does not run yet.
                ...(beside.egress ? [beside.egress] : []),
                // Of two entries of one host istiod takes the older one for what the host is.
                ...(beside.own ? [beside.own] : []),
            ],
        },
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
    const { kubeconfig, context } = settings.cluster;
    for (const { number } of ports.filter(({ protocol }) => ["HTTP", "HTTP2"].includes(protocol))) {
        new ConnectivityCheck(
            `${name}-${number}`,
            {
                kubeconfig,
                context,
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
