import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConnectivityCheck } from "../components/connectivityCheck";
import { EastWestGateway } from "../components/eastWestGateway";
import { EgressGateway } from "../components/egressGateway";
import { ExportedService } from "../components/exportedService";
import { GlobalDns } from "../components/globalDns";
import { ImportedService } from "../components/importedService";
import { SampleApps } from "../components/sampleApps";
import { StubDomains } from "../components/stubDomains";
import { takeOverWebhooks } from "../components/takeOverWebhooks";
import { readClusterFacts } from "../kube/clusterFacts";
import { gatewayServicePath } from "../kube/gatewayService";
import { gatewayNamespace } from "../lib/cluster/findings";
import { type ClusterStackSettings, importVia, mainSuffix } from "../lib/config/clusterStack";
import type { Via } from "../lib/config/egress";
import { exportAddress, type ExportSettings } from "../lib/config/exports";
import type { ImportSettings } from "../lib/config/imports";
import { type ClusterOutputs, contractVersion, type Export, type GatewayPlace } from "../lib/mesh/contract";
import { usualDns } from "../lib/dns/adapter";
import { outlierDetection } from "../lib/mesh/failover";
import { type ResolvedImport, resolveImports } from "../lib/mesh/imports";
import { gatewayPort } from "../lib/istio/types";
import { objectName, spiffeId } from "../lib/base/names";
import { exportSubsets } from "../lib/mesh/subsets";
import { refusedByExporters, resolveCallers } from "../lib/mesh/trustDomains";
import type { Outputs } from "../outputs";
import { readClusterCa, warnOfDistrust } from "./clusterCa";
import { makeIstio } from "./controlPlane";
import { importedUntilNow, knownTrust, readPeers } from "./peers";
import {
    allRead,
    chooseDns,
    examineCluster,
    membershipProblems,
    rangeProblems,
    readHoldings,
    refuse,
} from "./preflight";

/** The stack of one cluster: its control plane, its gateway, its DNS, what it exports and what it imports. */
export async function clusterStack(
    name: string,
    settings: ClusterStackSettings,
): Promise<Outputs<ClusterOutputs>> {
    const { cluster, mesh } = settings;
    const suffix = mainSuffix(settings);
    const access = { kubeconfig: cluster.kubeconfig, context: cluster.context };
    const exported = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));

    const ownCa = readClusterCa(name, settings);
    const [ca, facts, peers, holds, dns, before] = await allRead(name, [
        ownCa,
        readClusterFacts(access, {
            servicePath: gatewayServicePath(gatewayNamespace(settings)),
            nodePort: settings.gateway.nodePort,
        }),
        readPeers(name, settings, ownCa),
        readHoldings(settings),
        chooseDns(name, settings),
        importedUntilNow(name),
    ]);
    const ranges = [...cluster.ranges, ...facts.ranges];
    const imports = resolveImports(name, settings.imports, peers, suffix, exported, ranges);
    const found = examineCluster(name, settings, facts);
    const trust = knownTrust(name, settings, ca.clusters, peers);
    const callers = settings.exports.map(
        ({ allowedFrom }, index) =>
            allowedFrom && resolveCallers(`exports[${index}].allowedFrom`, allowedFrom, trust),
    );
    refuse(name, [
        ...found.problems,
        ...ca.problems,
        ...holds.problems,
        ...membershipProblems(name, settings, ca.clusters),
        ...rangeProblems(exported, facts.ranges),
        ...imports.problems,
        ...("problem" in dns ? [dns.problem] : []),
        ...callers.flatMap((each) => each?.problems ?? []),
        ...refusedByExporters(
            settings.imports.flatMap(({ from }) => from),
            trust,
        ),
    ]);
    for (const warning of [...found.warnings, ...holds.warnings]) await pulumi.log.warn(warning);
    for (const cluster of new Set(callers.flatMap((each) => each?.unknown ?? []))) {
        await pulumi.log.warn(
            `The callers of ${cluster} are shut out for now: stack ${cluster} is not up yet, so its trust domain is not ` +
                `known. The next update after that lets them in.`,
        );
    }
    const clusterDns = "dns" in dns ? dns.dns : usualDns(settings.dns);
    await warnOfDistrust({ stack: name, ...ca }, peers);
    for (const { host, from, reason } of imports.pending) {
        const others = imports.active.find((entry) => entry.host === host)?.exporters ?? [];
        const what = others.length > 0 ? `${host} from ${from}` : host;
        const loss =
            others.length === 0 && before.includes(host)
                ? " It was in place until now; calls to it fail from this update on."
                : "";
        await pulumi.log.warn(
            `The import of ${what} is pending: ${reason}. The next update completes it.${loss}`,
        );
    }

    const provider = new k8s.Provider(name, { ...access, enableConfigMapMutable: true });
    const opts = { providers: [provider] };
    const istio = makeIstio(
        name,
        settings,
        { ca, holds, dnsCapture: clusterDns.adapter === "sidecar" },
        { ...opts, transforms: [takeOverWebhooks] },
    );
    const { revision, podSecurity } = settings.istio;
    const gateway = new EastWestGateway(
        "gateway",
        {
            istio: istio.ready,
            namespace: istio.namespace,
            hosts: exported.map(({ host }) => host),
            serviceType: settings.gateway.type,
            nodePort: settings.gateway.nodePort,
            nodeAddresses: found.nodeAddresses,
            addresses: settings.gateway.addresses,
            port: settings.gateway.port,
            annotations: settings.gateway.annotations,
            replicas: settings.gateway.replicas,
            resources: settings.gateway.resources,
            revision,
        },
        opts,
    );
    const isOwn = (host: string) => exported.some((entry) => entry.host === host);
    const goesOut = (entry: Pick<ImportSettings, "via">) => importVia(settings, entry) === "egress";
    const egress = settings.imports.some(goesOut)
        ? new EgressGateway(
              "egress",
              {
                  istio: istio.ready,
                  namespace: settings.egress.namespace,
                  clusterDomain: cluster.domain,
                  hosts: imports.active.filter((entry) => goesOut(entry.settings)).map(({ host }) => host),
                  replicas: settings.egress.replicas,
                  resources: settings.egress.resources,
                  revision,
                  podSecurity,
              },
              opts,
          )
        : undefined;
    const globalDns =
        clusterDns.adapter === "sidecar"
            ? undefined
            : new GlobalDns(
                  "global-dns",
                  {
                      namespace: istio.namespace,
                      zones: mesh.suffixes,
                      records: [...exported, ...imports.active.filter(({ host }) => !isOwn(host))].map(
                          ({ host, virtualAddress }) => ({
                              host,
                              address: virtualAddress,
                          }),
                      ),
                      image: settings.dns.image,
                      replicas: settings.dns.replicas,
                  },
                  opts,
              );
    const stubDomains =
        globalDns && "configMap" in clusterDns
            ? new StubDomains(
                  "stub-domains",
                  {
                      ...access,
                      ...clusterDns,
                      zones: mesh.suffixes,
                      forwardTo: globalDns.address.apply((address) => [address]),
                      primaryServer: globalDns.serverName,
                  },
                  { dependsOn: globalDns.ready },
              )
            : undefined;
    const samples = new SampleApps("samples", { ...settings.sampleApps, istio: istio.ready, revision }, opts);
    const ownIdentities = (entry: ExportSettings) => [
        spiffeId(mesh.trustDomain, entry.namespace, entry.serviceAccount),
    ];
    const withOwn = (entry: ExportSettings, remote: readonly string[]) => [
        ...new Set([...ownIdentities(entry), ...remote]),
    ];
    const exportServices = exported.map((entry, index) => {
        const alsoImported = imports.active.find(({ host }) => host === entry.host);
        const service = new ExportedService(
            objectName(entry.host),
            {
                ...entry,
                principals: callers[index]?.principals,
                // Where the host is imported too, one rule and one list of identities stand for own and remote pods.
                subsets: alsoImported ? [] : exportSubsets(entry.subsets),
                identities: alsoImported && withOwn(entry, alsoImported.identities),
            },
            { ...opts, dependsOn: [...istio.ready, ...samples.namespaces] },
        );
        return { entry, service };
    });
    const importService = (entry: ResolvedImport, through: EgressGateway | undefined) => {
        const own = exportServices.find((each) => each.entry.host === entry.host);
        return new ImportedService(
            objectName(entry.host),
            {
                ...entry,
                namespace: own?.entry.namespace ?? istio.namespace,
                balance: entry.settings.balance,
                outlierDetection: outlierDetection(entry.settings.outlierDetection),
                retryOn: entry.settings.retryOn,
                ...(own && {
                    own: { subsets: exportSubsets(own.entry.subsets) },
                    identities: withOwn(own.entry, entry.identities),
                }),
                egress: through,
            },
            {
                ...opts,
                dependsOn: [
                    ...istio.ready,
                    // No call may be sent to an egress gateway that does not run yet.
                    ...(through ? [through] : []),
                    // Of two entries of one host istiod takes the older one for what the host is.
                    ...(own ? [own.service] : []),
                ],
            },
        );
    };
    const imported = imports.active.map((entry) => ({
        entry,
        service: importService(entry, goesOut(entry.settings) ? egress : undefined),
    }));
    const probe = sleepProbe(settings);
    if (settings.connectivityCheck && probe) {
        for (const { entry, service } of imported) {
            checkConnectivity(entry, importVia(settings, entry.settings), { ...access, from: probe }, [
                service,
                samples,
                ...(stubDomains ? [stubDomains] : []),
            ]);
        }
    }

    return {
        contractVersion,
        cluster: name,
        ...access,
        suffixes: mesh.suffixes,
        dnsAdapter: clusterDns.adapter,
        trustDomain: mesh.trustDomain,
        acceptedTrustDomains: mesh.acceptedTrustDomains,
        ...(cluster.locality !== undefined && { locality: cluster.locality }),
        gateway: {
            kind: settings.gateway.addresses ? "Manual" : settings.gateway.type,
            addresses: gateway.addresses,
            port: gateway.port,
            ...(!settings.istio.install && { namespace: istio.namespace }),
            ...(settings.gateway.port !== undefined && { servicePort: gateway.servicePort }),
            ...peerPlaces(settings, gateway),
        },
        exports: exported.map((entry): Export => ({
            host: entry.host,
            name: entry.service,
            namespace: entry.namespace,
            ports: entry.ports.map(({ name: port, number, protocol }) => ({ name: port, number, protocol })),
            virtualAddress: entry.virtualAddress,
            ...(Object.keys(entry.subsets).length > 0 && { subsets: Object.keys(entry.subsets).sort() }),
            identities: ownIdentities(entry),
        })),
        imports: imports.active.map((entry) => ({
            host: entry.host,
            from: entry.exporters.map(({ from }) => from),
            ports: entry.ports,
            virtualAddress: entry.virtualAddress,
            ...(egress &&
                goesOut(entry.settings) && { egress: { address: egress.address, port: gatewayPort } }),
        })),
        pendingImports: imports.pending,
        rootFingerprint: ca.rootFingerprint,
        trustedRoots: ca.trustedRoots,
        ...(globalDns && { globalDnsAddress: globalDns.address }),
        ...(probe && { probe }),
    };
}

/** Where single importing clusters reach the gateway, if any reaches it elsewhere than the others do. */
function peerPlaces(
    { gateway: { peerAddresses } }: ClusterStackSettings,
    { servicePort }: EastWestGateway,
): { peers?: Readonly<Record<string, pulumi.Input<GatewayPlace>>> } {
    const places = Object.entries(peerAddresses).map(
        ([peer, { addresses, port }]) =>
            [peer, pulumi.output({ addresses, port: port ?? servicePort })] as const,
    );
    return places.length === 0 ? {} : { peers: Object.fromEntries(places) };
}

function sleepProbe({ sampleApps }: ClusterStackSettings): ClusterOutputs["probe"] {
    return (
        sampleApps.sleep && { namespace: sampleApps.sleep.namespace, deployment: "sleep", container: "sleep" }
    );
}

function checkConnectivity(
    { host, ports, exporters }: ResolvedImport,
    via: Via,
    from: { kubeconfig: string; context: string; from: NonNullable<ClusterOutputs["probe"]> },
    dependsOn: pulumi.Resource[],
): void {
    for (const { number } of ports.filter(({ protocol }) => ["HTTP", "HTTP2"].includes(protocol))) {
        new ConnectivityCheck(
            `${objectName(host)}-${number}`,
            {
                ...from,
                url: `http://${host}:${number}/`,
                triggers: [
                    ...exporters.flatMap(({ gateway }) => [...gateway.addresses, String(gateway.port)]),
                    via,
                ],
            },
            { dependsOn },
        );
    }
}
