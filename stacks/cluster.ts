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
import { readClusterFacts } from "../kube/clusterFacts";
import { type ClusterStackSettings, importVia } from "../lib/config/clusterStack";
import { exportAddress } from "../lib/config/exports";
import { type ClusterOutputs, contractVersion, type Export } from "../lib/contract";
import { gatewayPort } from "../lib/istioTypes";
import { type Peer, type ResolvedImport, resolveImports } from "../lib/imports";
import { objectName, spiffeId } from "../lib/names";
import { declaredExports } from "../lib/peerFiles";
import { type Outputs, readCluster, readOwnCa } from "../outputs";
import {
    allRead,
    examineCluster,
    gatewayServicePath,
    membershipProblems,
    rangeProblems,
    refuse,
} from "./preflight";

/** The stack of one cluster: its control plane, its gateway, its DNS, what it exports and what it imports. */
export async function clusterStack(
    name: string,
    settings: ClusterStackSettings,
): Promise<Outputs<ClusterOutputs>> {
    const { cluster, mesh } = settings;
    const { suffix } = mesh;
    const access = { kubeconfig: cluster.kubeconfig, context: cluster.context };
    const exported = settings.exports.map((entry) => ({ ...entry, ...exportAddress(entry, suffix) }));

    const [ca, facts, peers] = await allRead(name, [
        readOwnCa(mesh.caStack, name),
        readClusterFacts(access, { servicePath: gatewayServicePath, nodePort: settings.gateway.nodePort }),
        readPeers(settings),
    ]);
    const ranges = [...cluster.ranges, ...facts.ranges];
    const imports = resolveImports(settings.imports, peers, suffix, exported, ranges);
    const found = examineCluster(name, settings, facts);
    refuse(name, [
        ...found.problems,
        ...membershipProblems(name, settings, ca.clusters),
        ...rangeProblems(exported, facts.ranges),
        ...imports.problems,
    ]);
    for (const warning of found.warnings) await pulumi.log.warn(warning);
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
            nodeAddresses: found.nodeAddresses,
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
        rootFingerprint: fingerprint(ca.rootCertPem),
        globalDnsAddress: globalDns.address,
        ...(probe && { probe }),
    };
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

/** SHA-256 of a certificate, lower-case hex, or empty for a text that is no certificate (in a preview before there is one). */
function fingerprint(certPem: string): string {
    return certPem.startsWith("-----BEGIN")
        ? new X509Certificate(certPem).fingerprint256.replaceAll(":", "").toLowerCase()
        : "";
}
