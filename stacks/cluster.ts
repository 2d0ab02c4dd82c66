import { existsSync, readFileSync } from "node:fs";
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
import { takeOverWebhooks } from "../components/takeOverWebhooks";
import { SampleApps } from "../components/sampleApps";
import { KubectlError } from "../kube/kubectl";
import { nodeAddresses } from "../kube/nodes";
import { type ClusterStackSettings, importVia } from "../lib/config/clusterStack";
import { exportAddress } from "../lib/config/exports";
import { type ClusterOutputs, contractVersion, type Export } from "../lib/contract";
import { gatewayPort } from "../lib/istioTypes";
import { type Peer, type ResolvedImport, resolveImports } from "../lib/imports";
import { objectName, spiffeId } from "../lib/names";
import { declaredExports } from "../lib/peerFiles";
import { type Outputs, readCluster } from "../outputs";
import { readClusterCa, warnOfDistrust } from "./clusterCa";

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
        readClusterCa(name, settings),
        readNodes(name, settings),
        readPeers(settings),
    ]);
    const imports = resolveImports(settings.imports, peers, suffix, exported, cluster.ranges);
    refuse(name, [...ca.problems, ...imports.problems]);
    await warnOfDistrust({ stack: name, ...ca }, peers);
    for (const { host, reason } of imports.pending) {
        await pulumi.log.warn(`The import of ${host} is pending: ${reason}. The next update completes it.`);
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
            ca: ca.secret,
            removeCrds: settings.istio.removeCrds,
        },
        { ...opts, transforms: [takeOverWebhooks] },
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
    const goesOut = (entry: { via?: "direct" | "egress" }) => importVia(settings, entry) === "egress";
    const egress = settings.imports.some(goesOut)
        ? new EgressGateway(
              "egress",
              {
                  istio: istio.ready,
                  namespace: settings.egress.namespace,
                  clusterDomain: cluster.domain,
                  hosts: imports.active.filter(goesOut).map(({ host }) => host),
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
            records: [...exported, ...imports.active].map(({ host, virtualAddress }) => ({
                host,
                address: virtualAddress,
            })),
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
    for (const entry of exported) {
        new ExportedService(objectName(entry.host), entry, {
            ...opts,
            dependsOn: [...istio.ready, ...samples.namespaces],
        });
    }
    const importService = (entry: ResolvedImport, through: EgressGateway | undefined) =>
        new ImportedService(
            objectName(entry.host),
            { ...entry, namespace: istio.namespace, egress: through },
            // No call may be sent to an egress gateway that does not run yet.
            { ...opts, dependsOn: [...istio.ready, ...(through ? [through] : [])] },
        );
    const imported = imports.active.map((entry) => ({
        entry,
        service: importService(entry, goesOut(entry) ? egress : undefined),
    }));
    const probe = sleepProbe(settings);
    if (settings.connectivityCheck && probe) {
        for (const { entry, service } of imported) {
            checkConnectivity({ ...entry, via: importVia(settings, entry) }, { ...access, from: probe }, [
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
            identities: [spiffeId(mesh.trustDomain, entry.namespace, entry.serviceAccount)],
        })),
        imports: imports.active.map((entry) => ({
            host: entry.host,
            from: entry.from,
            ports: entry.ports,
            virtualAddress: entry.virtualAddress,
            ...(egress && goesOut(entry) && { egress: { address: egress.address, port: gatewayPort } }),
        })),
        pendingImports: imports.pending,
        rootFingerprint: ca.rootFingerprint,
        trustedRoots: ca.trustedRoots,
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
    const stacks = [...new Set(imports.map(({ from }) => from))];
    const peers = await Promise.all(
        stacks.map(async (stack): Promise<[string, Peer]> => {
            const file = `Pulumi.${stack}.yaml`;
            const declared = existsSync(file)
                ? declaredExports(readFileSync(file, "utf8"), pulumi.getProject(), mesh.suffix)
                : undefined;
            return [stack, { outputs: await readCluster(stack), declared }];
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
    { host, ports, gateway, via }: Required<ResolvedImport>,
    from: { kubeconfig: string; context: string; from: NonNullable<ClusterOutputs["probe"]> },
    dependsOn: pulumi.Resource[],
): void {
    for (const { number } of ports.filter(({ protocol }) => ["HTTP", "HTTP2"].includes(protocol))) {
        new ConnectivityCheck(
            `${objectName(host)}-${number}`,
            {
                ...from,
                url: `http://${host}:${number}/`,
                triggers: [...gateway.addresses, String(gateway.port), via],
            },
            { dependsOn },
        );
    }
}
