import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { adoption } from "../components/adoption";
import { DynamicProvider } from "../components/dynamicProvider";
import { EastWestGateway } from "../components/eastWestGateway";
import { EgressGateway } from "../components/egressGateway";
import type { ExistingIstio } from "../components/existingIstio";
import { formerly } from "../components/formerly";
import { GlobalDns } from "../components/globalDns";
import type { Istio } from "../components/istio";
import type { ChartDefinitions } from "../components/istioDefinitions";
import { SampleApps } from "../components/sampleApps";
import { StubDomains } from "../components/stubDomains";
import { takeOverWebhooks } from "../components/takeOverWebhooks";
import type { Kept } from "../lib/mesh/handover";
import { makeIstio } from "./controlPlane";
import { clusterInputs } from "./access";
import { findDefinitions } from "./definitions";
import {
    type Exported,
    type Leave,
    leave,
    onceLeft,
    sayDropped,
    sayLeft,
    stillServed,
    whileMoving,
} from "./leave";
import { type PlacedImport, placeImport, type Sources } from "./places";
import type { ClusterPlan } from "./plan";
import { type Base, addExport, addImport, buildExports, buildImports, checkConnectivity } from "./services";
import { tellPeers } from "./tell";

/** What of a cluster's components its outputs tell. */
export interface Built {
    /** What Istio's definitions were found to be; undefined where the stack installs none. */
    readonly definitions: ChartDefinitions | undefined;
    /** The imports as they were written, each as soon as its exporters are found. */
    readonly imports: Promise<readonly PlacedImport[]>;
    /** Settled when the peers of the run that goes on know what this cluster serves. */
    readonly told: Promise<unknown>;
    /** What importers have not left, and which therefore stays. */
    readonly kept: Promise<readonly Kept[]>;
    readonly istio: Istio | ExistingIstio;
    readonly gateway: EastWestGateway;
    readonly egress: EgressGateway | undefined;
    readonly globalDns: GlobalDns | undefined;
}

/**
 * Makes the components of a cluster, in the order in which a call meets them.
 *
 * @param transforms what changes every resource on its way to the engine
 * @throws pulumi.RunError where Istio's chart can't be had, before the first write
 */
export async function build(
    plan: ClusterPlan,
    sources: Sources,
    transforms: readonly pulumi.ResourceTransform[],
): Promise<Built> {
    const { cluster } = plan.settings;
    const provider = new k8s.Provider(plan.name, {
        kubeconfig: plan.providerKubeconfig,
        context: cluster.context,
        // By itself the provider takes another way to the same cluster for another cluster, and replaces everything. Whether it
        // is another one has been seen before (lib/cluster/identity.ts).
        clusterIdentifier: plan.name,
        enableConfigMapMutable: true,
    });
    const dynamic = new DynamicProvider(`${plan.name}-dynamic`);
    const opts = {
        providers: [provider, dynamic],
        transforms: [...transforms, ...(cluster.adopt ? [adoption(cluster)] : [])],
    };
    const definitions = await findDefinitions(plan, provider);
    const istio = makeIstio(plan, definitions, {
        ...opts,
        transforms: [...opts.transforms, takeOverWebhooks],
    });
    const base = { istio, opts };
    const { globalDns, stubDomains } = buildDns(plan, base, dynamic);
    const egress = plan.hasEgress ? buildEgress(plan, base) : undefined;
    const leaving = leave(plan, sources);
    const gateway = buildGateway(plan, base, leaving);
    const samples = buildSamples(plan, base);
    const exports = buildExports(plan, base, samples);
    const exported: Exported = new Map(
        plan.exports.map((entry) => {
            const make = () => addExport(exports, entry);
            const hasLess = leaving?.less.includes(entry.host) === true;
            return [entry.host, hasLess ? onceLeft(entry, leaving, make) : Promise.resolve(make())];
        }),
    );
    const imported = buildImports(plan, base);
    // Nothing else waits for them: where clusters import from each other, each has to serve before the other can call.
    const imports = plan.imports.map(async (entry) => {
        const placed = await placeImport(entry, sources);
        const objects = addImport(
            imported,
            placed,
            { istio, sharedRules: plan.sharedRules },
            {
                egress: entry.goesOut ? egress : undefined,
                own: await exported.get(entry.host),
            },
        );
        sayLeft(placed, objects, sources);
        checkConnectivity(plan, placed, [...objects, samples, ...(stubDomains ? [stubDomains] : [])]);
        return placed;
    });
    return {
        definitions,
        istio,
        gateway,
        egress,
        globalDns,
        imports: Promise.all(imports),
        told: Promise.all([
            tellPeers(plan, { istio, gateway, exported }, sources),
            sayDropped(plan, sources),
            gateway.moved,
        ]),
        kept: leaving?.kept ?? Promise.resolve([]),
    };
}

/** The server of the mesh's names, and what makes the cluster's own DNS ask it. */
function buildDns({ settings, dns, records }: ClusterPlan, { istio, opts }: Base, provider: DynamicProvider) {
    if (dns.adapter === "sidecar") return { globalDns: undefined, stubDomains: undefined };
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
                      ...clusterInputs(settings),
                      ...dns,
                      zones,
                      forwardTo: globalDns.address.apply((address) => [address]),
                      primaryServer: globalDns.serverName,
                  },
                  { provider, dependsOn: globalDns.ready },
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

function buildGateway(
    { settings, exports, nodeAddresses }: ClusterPlan,
    { istio, opts }: Base,
    leaving: Leave | undefined,
) {
    const { type, nodePort, addresses, port, annotations, sourceRanges, replicas, resources } =
        settings.gateway;
    return new EastWestGateway(
        "gateway",
        {
            istio: istio.ready,
            namespace: istio.namespace,
            hosts: exports.map(({ host }) => host),
            leaving: leaving && stillServed(leaving),
            moving: leaving && whileMoving(leaving),
            serviceType: type,
            nodePort,
            nodeAddresses,
            addresses,
            port,
            annotations,
            sourceRanges,
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
