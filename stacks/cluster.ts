import { existsSync, readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ConnectivityCheck } from "../components/connectivityCheck";
import { EastWestGateway } from "../components/eastWestGateway";
import { EgressGateway } from "../components/egressGateway";
import { ExportedService } from "../components/exportedService";
import { GlobalDns } from "../components/globalDns";
import { ImportedService } from "../components/importedService";
import { Istio } from "../components/istio";
import { SampleApps } from "../components/sampleApps";
import { StubDomains } from "../components/stubDomains";
import { readDnsFacts } from "../kube/clusterDnsFacts";
import { KubectlError } from "../kube/kubectl";
import { nodeAddresses } from "../kube/nodes";
import { type ClusterStackSettings, importVia, mainSuffix } from "../lib/config/clusterStack";
import { exportAddress } from "../lib/config/exports";
import { type ClusterOutputs, contractVersion, type Export } from "../lib/contract";
import { detectDns, type DnsChoice, namedDns, usualDns } from "../lib/dnsAdapter";
import { gatewayPort } from "../lib/istioTypes";
import { type Peer, type ResolvedImport, resolveImports } from "../lib/imports";
import { objectName, spiffeId } from "../lib/names";
import { declaredExports } from "../lib/peerFiles";
import { type Outputs, readCluster, readOwnCa } from "../outputs";

/** The stack of one cluster: its control plane, its gateway, its DNS, what it exports and what it imports. */
export async function clusterStack(
    name: string,
    settings: ClusterStackSettings,
): Promise<Outputs<ClusterOutputs>> {
    const { cluster, mesh } = settings;
    const suffix = mainSuffix(settings);
    const access = { kubeconfig: cluster.kubeconfig, context: cluster.context };
    const exported = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));

    const [ca, nodes, peers, dns] = await Promise.all([
        readOwnCa(mesh.caStack, name),
        readNodes(name, settings),
        readPeers(settings),
        chooseDns(name, settings),
    ]);
    const imports = resolveImports(settings.imports, peers, suffix, exported, cluster.ranges);
    refuse(name, [...imports.problems, ...("problem" in dns ? [dns.problem] : [])]);
    const clusterDns = "dns" in dns ? dns.dns : usualDns(settings.dns);
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
            dnsCapture: clusterDns.adapter === "sidecar",
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
    const globalDns =
        clusterDns.adapter === "sidecar"
            ? undefined
            : new GlobalDns(
                  "global-dns",
                  {
                      namespace: istio.namespace,
                      zones: mesh.suffixes,
                      records: [...exported, ...imports.active].map(({ host, virtualAddress }) => ({
                          host,
                          address: virtualAddress,
                      })),
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
        rootFingerprint: fingerprint(ca.rootCertPem),
        ...(globalDns && { globalDnsAddress: globalDns.address }),
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

/** Seconds that an update waits for what the cluster has of DNS servers, and a preview. */
const dnsPatienceSeconds = { update: 20, preview: 10 };

/** The cluster's DNS: the one that the settings name, or the one that the cluster turns out to have. */
async function chooseDns(name: string, { cluster, dns }: ClusterStackSettings): Promise<DnsChoice> {
    const named = namedDns(dns);
    if (named !== undefined) return { dns: named };
    const preview = pulumi.runtime.isDryRun();
    try {
        return detectDns(
            dns,
            await readDnsFacts(cluster, dnsPatienceSeconds[preview ? "preview" : "update"]),
        );
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        const what = `the cluster DNS of "${name}" can't be looked at: ${error.detail}`;
        const remedy = `set dns.adapter in Pulumi.${name}.yaml, which makes that needless, or mend the way to the cluster`;
        if (!preview) return { problem: `${what}; ${remedy}` };
        // A preview of a cluster that isn't reached shows the rest all the same.
        await pulumi.log.warn(`This preview takes it for CoreDNS, since ${what}; ${remedy}.`);
        return { dns: usualDns(dns) };
    }
}

async function readPeers({ imports }: ClusterStackSettings): Promise<ReadonlyMap<string, Peer>> {
    const stacks = [...new Set(imports.map(({ from }) => from))];
    const peers = await Promise.all(
        stacks.map(async (stack): Promise<[string, Peer]> => {
            const file = `Pulumi.${stack}.yaml`;
            const declared = existsSync(file)
                ? declaredExports(readFileSync(file, "utf8"), pulumi.getProject())
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

/** SHA-256 of a certificate, lower-case hex, or empty for a text that is no certificate (in a preview before there is one). */
function fingerprint(certPem: string): string {
    return certPem.startsWith("-----BEGIN")
        ? new X509Certificate(certPem).fingerprint256.replaceAll(":", "").toLowerCase()
        : "";
}
