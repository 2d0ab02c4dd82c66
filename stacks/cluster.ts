import { existsSync, readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConnectivityCheck } from "../components/connectivityCheck";
import { CoreDnsStubDomain } from "../components/coreDnsStubDomain";
import { EastWestGateway } from "../components/eastWestGateway";
import { EgressGateway } from "../components/egressGateway";
import { ExportedService } from "../components/exportedService";
import { GlobalDns } from "../components/globalDns";
import { ImportedService } from "../components/importedService";
import { Istio } from "../components/istio";
import { SampleApps } from "../components/sampleApps";
import { KubectlError } from "../kube/kubectl";
import { nodeAddresses } from "../kube/nodes";
import { type ClusterStackSettings, importVia } from "../lib/config/clusterStack";
import type { Via } from "../lib/config/egress";
import { exportAddress, type ExportSettings } from "../lib/config/exports";
import type { ImportSettings } from "../lib/config/imports";
import { type ClusterOutputs, contractVersion, type Export } from "../lib/contract";
import { outlierDetection } from "../lib/failover";
import { gatewayPort } from "../lib/istioTypes";
import { type Peer, type ResolvedImport, resolveImports } from "../lib/imports";
import { objectName, spiffeId } from "../lib/names";
import { declaredSubsets } from "../lib/peerFiles";
import { exportSubsets } from "../lib/subsets";
import { type Outputs, readCluster, readOwnCa } from "../outputs";

/** The stack of one cluster: its control plane, its gateway, its DNS, what it exports and what it imports. */
export async function clusterStack(
    name: string,
    settings: ClusterStackSettings,
): Promise<Outputs<ClusterOutputs>> {
    const { cluster, mesh } = settings;
    const { suffix } = mesh;
    const access = { kubeconfig: cluster.kubeconfig, context: cluster.context };
    const exported = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));

    const [ca, nodes, peers] = await Promise.all([
        readOwnCa(mesh.caStack, name),
        readNodes(name, settings),
        readPeers(settings),
    ]);
    const imports = resolveImports(name, settings.imports, peers, suffix, exported, cluster.ranges);
    refuse(name, [...imports.problems]);
    for (const { host, from, reason } of imports.pending) {
        const others = imports.active.find((entry) => entry.host === host)?.exporters ?? [];
        const what = others.length > 0 ? `${host} from ${from}` : host;
        await pulumi.log.warn(`The import of ${what} is pending: ${reason}. The next update completes it.`);
    }

    const provider = new k8s.Provider(name, { ...access, enableConfigMapMutable: true });
    const opts = { providers: [provider] };
    const istio = new Istio(
        "istio",
        {
            cluster: name,
            trustDomain: mesh.trustDomain,
            access,
            charts: settings.istio.charts ?? settings.istio,
            hub: settings.istio.hub,
            tag: settings.istio.tag,
            values: settings.istio.values,
            ca,
            removeCrds: settings.istio.removeCrds,
        },
        opts,
    );
    const gateway = new EastWestGateway(
        "gateway",
        {
            istio: istio.ready,
            namespace: istio.namespace,
            hosts: exported.map(({ host }) => host),
            serviceType: settings.gateway.type,
            nodePort: settings.gateway.nodePort,
            nodeAddresses: nodes,
            addresses: settings.gateway.addresses,
            replicas: settings.gateway.replicas,
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
              },
              opts,
          )
        : undefined;
    const globalDns = new GlobalDns(
        "global-dns",
        {
            namespace: istio.namespace,
            zone: suffix,
            records: [...exported, ...imports.active.filter(({ host }) => !isOwn(host))].map(
                ({ host, virtualAddress }) => ({ host, address: virtualAddress }),
            ),
            image: settings.dns.image,
            replicas: settings.dns.replicas,
        },
        opts,
    );
    const stubDomain = new CoreDnsStubDomain(
        "stub-domain",
        {
            ...access,
            zone: suffix,
            forwardTo: globalDns.address.apply((address) => [address]),
            primaryServer: globalDns.serverName,
            configMap: { name: settings.dns.configMap },
            deployment: { name: settings.dns.deployment },
        },
        { dependsOn: globalDns.ready },
    );
    const samples = new SampleApps("samples", { ...settings.sampleApps, istio: istio.ready }, opts);
    const ownIdentities = (entry: ExportSettings) => [
        spiffeId(mesh.trustDomain, entry.namespace, entry.serviceAccount),
    ];
    const withOwn = (entry: ExportSettings, remote: readonly string[]) => [
        ...new Set([...ownIdentities(entry), ...remote]),
    ];
    const exportServices = exported.map((entry) => {
        const alsoImported = imports.active.find(({ host }) => host === entry.host);
        const service = new ExportedService(
            objectName(entry.host),
            {
                ...entry,
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
                stubDomain,
            ]);
        }
    }

    return {
        contractVersion,
        cluster: name,
        ...access,
        suffix,
        ...(cluster.locality !== undefined && { locality: cluster.locality }),
        gateway: {
            kind: settings.gateway.addresses ? "Manual" : settings.gateway.type,
            addresses: gateway.addresses,
            port: gateway.port,
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
        rootFingerprint: fingerprint(ca.rootCertPem),
        globalDnsAddress: globalDns.address,
        ...(probe && { probe }),
    };
}

/**
 * Ends the run before the first write when anything was found that can't work.
 *
 * @param problems sentences, each with what to do
 * @throws pulumi.RunError with one message that lists them all
 */
function refuse(name: string, problems: readonly string[]): void {
    if (problems.length === 0) return;
    throw new pulumi.RunError(
        [`Stack "${name}" can't work as it is:`, ...problems.map((line) => `  - ${line}`)].join("\n"),
    );
}

/** The nodes' addresses, where the gateway needs them. */
async function readNodes(
    name: string,
    { cluster, gateway }: ClusterStackSettings,
): Promise<readonly string[]> {
    if (gateway.type !== "NodePort" || gateway.addresses) return [];
    const addresses = await nodeAddresses(cluster, gateway.nodeAddressType).catch((error: unknown) => {
        if (!(error instanceof KubectlError)) throw error;
        throw new pulumi.RunError(
            `The nodes of "${name}" can't be read: ${error.detail}\nCheck cluster.kubeconfig and cluster.context in ` +
                `Pulumi.${name}.yaml, and that \`kubectl --kubeconfig ${cluster.kubeconfig} --context ${cluster.context} ` +
                `get nodes\` works.`,
        );
    });
    if (addresses.length > 0) return addresses;
    throw new pulumi.RunError(
        `No ready node of "${name}" has an address of type ${gateway.nodeAddressType}, so the other clusters could not ` +
            `reach its gateway. Set gateway.nodeAddressType or gateway.addresses in Pulumi.${name}.yaml.`,
    );
}

async function readPeers({ imports, mesh }: ClusterStackSettings): Promise<ReadonlyMap<string, Peer>> {
    const stacks = [...new Set(imports.flatMap(({ from }) => from))];
    const peers = await Promise.all(
        stacks.map(async (stack): Promise<[string, Peer]> => {
            const file = `Pulumi.${stack}.yaml`;
            const declared = existsSync(file)
                ? declaredSubsets(readFileSync(file, "utf8"), pulumi.getProject(), mesh.suffix)
                : undefined;
            return [
                stack,
                {
                    outputs: await readCluster(stack),
                    declared: declared && [...declared.keys()],
                    declaredSubsets: declared,
                },
            ];
        }),
    );
    return new Map(peers);
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

/** SHA-256 of a certificate, lower-case hex, or empty for a text that is no certificate (in a preview before there is one). */
function fingerprint(certPem: string): string {
    return certPem.startsWith("-----BEGIN")
        ? new X509Certificate(certPem).fingerprint256.replaceAll(":", "").toLowerCase()
        : "";
}
