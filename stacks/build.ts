import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { adoption } from "../components/adoption";
import { ConnectivityCheck } from "../components/connectivityCheck";
import { EastWestGateway } from "../components/eastWestGateway";
import { EgressGateway } from "../components/egressGateway";
import type { ExistingIstio } from "../components/existingIstio";
import { ExportedService } from "../components/exportedService";
import { formerly } from "../components/formerly";
import { GlobalDns } from "../components/globalDns";
import { ImportedService } from "../components/importedService";
import type { Istio } from "../components/istio";
import { SampleApps } from "../components/sampleApps";
import { StubDomains } from "../components/stubDomains";
import { takeOverWebhooks } from "../components/takeOverWebhooks";
import { outlierDetection } from "../lib/mesh/failover";
import { makeIstio } from "./controlPlane";
import { type PlacedImport, placeImport, type Sources } from "./places";
import type { ClusterPlan, PlannedExport } from "./plan";
import { tellPeers } from "./tell";

/** What of a cluster's components its outputs tell. */
export interface Built {
    /** The imports as they were written, each as soon as its exporters are found. */
    readonly imports: Promise<readonly PlacedImport[]>;
    /** Settled when the peers of the run that goes on know what this cluster serves. */
    readonly told: Promise<void>;
    readonly istio: Istio | ExistingIstio;
    readonly gateway: EastWestGateway;
    readonly egress: EgressGateway | undefined;
    readonly globalDns: GlobalDns | undefined;
}

/** What every component of a cluster stands on. */
interface Base {
    readonly istio: Istio | ExistingIstio;
    readonly opts: pulumi.ComponentResourceOptions;
}

/** Makes the components of a cluster, in the order in which a call meets them. */
export function build(plan: ClusterPlan, sources: Sources): Built {
    const { kubeconfig, context, adopt } = plan.settings.cluster;
    const provider = new k8s.Provider(plan.name, {
        kubeconfig: plan.providerKubeconfig,
        context,
        // By itself the provider takes another way to the same cluster for another cluster, and replaces everything. Whether it
        // is another one has been seen before (lib/cluster/identity.ts).
        clusterIdentifier: plan.name,
        enableConfigMapMutable: true,
    });
    const opts = { providers: [provider], transforms: adopt ? [adoption({ kubeconfig, context })] : [] };
    const istio = makeIstio(
        plan.name,
        plan.settings,
        { ca: plan.ca, holds: plan.holds, dnsCapture: plan.dns.adapter === "sidecar" },
        { ...opts, transforms: [...opts.transforms, takeOverWebhooks] },
    );
    const base = { istio, opts };
    const { globalDns, stubDomains } = buildDns(plan, base);
    const egress = plan.hasEgress ? buildEgress(plan, base) : undefined;
    const gateway = buildGateway(plan, base);
    const samples = buildSamples(plan, base);
    const exported = new Map(
        plan.exports.map((entry) => [entry.host, buildExport(entry, base, samples)] as const),
    );
    // Nothing else waits for them: where clusters import from each other, each has to serve before the other can call.
    const imports = plan.imports.map(async (entry) => {
        const placed = await placeImport(entry, sources);
        const service = buildImport(placed, base, {
            egress: entry.goesOut ? egress : undefined,
            own: exported.get(entry.host),
        });
        checkConnectivity(plan, placed, [service, samples, ...(stubDomains ? [stubDomains] : [])]);
        return placed;
    });
    return {
        istio,
        gateway,
        egress,
        globalDns,
        imports: Promise.all(imports),
        told: tellPeers(plan, { istio, gateway, exported }, sources),
    };
}

/** The server of the mesh's names, and what makes the cluster's own DNS ask it. */
function buildDns({ settings, dns, records }: ClusterPlan, { istio, opts }: Base) {
    if (dns.adapter === "sidecar") return { globalDns: undefined, stubDomains: undefined };
    const { kubeconfig, context } = settings.cluster;
    const zones = settings.mesh.suffixes;
    const globalDns = new GlobalDns(
        "global-dns",
        {
            namespace: istio.namespace,
            zones,
            records,
            image: settings.dns.image,
            replicas: settings.dns.replicas,
        },
        opts,
    );
    const stubDomains =
        "configMap" in dns
            ? new StubDomains(
                  "stub-domains",
                  {
                      kubeconfig,
                      context,
                      ...dns,
                      zones,
                      forwardTo: globalDns.address.apply((address) => [address]),
                      primaryServer: globalDns.serverName,
                  },
                  { dependsOn: globalDns.ready },
              )
            : undefined;
    return { globalDns, stubDomains };
}

function buildEgress({ settings, imports }: ClusterPlan, { istio, opts }: Base): EgressGateway {
    const { namespace, replicas, resources } = settings.egress;
    const { revision, podSecurity } = settings.istio;
    return new EgressGateway(
        namespace,
        {
            istio: istio.ready,
            namespace,
            clusterDomain: settings.cluster.domain,
            hosts: imports.filter(({ goesOut }) => goesOut).map(({ host }) => host),
            replicas,
            resources,
            revision,
            podSecurity,
        },
        { ...opts, ...formerly(namespace, "egress") },
    );
}

function buildGateway({ settings, exports, nodeAddresses }: ClusterPlan, { istio, opts }: Base) {
    const { type, nodePort, addresses, port, annotations, replicas, resources } = settings.gateway;
    return new EastWestGateway(
        "gateway",
        {
            istio: istio.ready,
            namespace: istio.namespace,
            hosts: exports.map(({ host }) => host),
            serviceType: type,
            nodePort,
            nodeAddresses,
            addresses,
            port,
            annotations,
            replicas,
            resources,
            revision: settings.istio.revision,
        },
        opts,
    );
}

function buildSamples({ settings }: ClusterPlan, { istio, opts }: Base): SampleApps {
    const { revision } = settings.istio;
    return new SampleApps("samples", { ...settings.sampleApps, istio: istio.ready, revision }, opts);
}

function buildExport(entry: PlannedExport, { istio, opts }: Base, samples: SampleApps): ExportedService {
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

function buildImport(
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

function checkConnectivity(
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
