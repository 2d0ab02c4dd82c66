import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { isWithin } from "../lib/base/names";
import { type ZoneRecord, zoneFile } from "../lib/dns/zoneFile";
import { skipAwait } from "./istio";
import { deleteInTime } from "./ownNamespace";

export interface GlobalDnsArgs {
    readonly namespace: pulumi.Input<string>;
    /** The zones to serve, such as `global`. At least one, none below another. */
    readonly zones: readonly string[];
    /** The names to serve, each in one of the zones, and their virtual addresses. */
    readonly records: readonly ZoneRecord[];
    /** CoreDNS image. */
    readonly image: string;
    /** Number of pods. */
    readonly replicas: number;
}

const appName = "global-dns";
/** Above 1023, so that the server needs no privilege to listen. The Service has port 53. */
const listenPort = 5353;

/**
 * The DNS server of the mesh's suffixes: a CoreDNS of its own, beside the cluster's. It serves zone files, so a name that
 * is not in the mesh gets a proper "no such name", and a question for an IPv6 address a proper empty answer.
 */
export class GlobalDns extends pulumi.ComponentResource {
    /** Cluster IP of the server. */
    readonly address: pulumi.Output<string>;
    /** Host name of the server, as the zones' SOA records say it. */
    readonly serverName: string;
    /** What must be ready before the server answers. */
    readonly ready: pulumi.Resource;

    constructor(name: string, args: GlobalDnsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:GlobalDns", name, {}, opts);
        const { namespace, zones } = args;
        const labels = { app: appName };
        this.serverName = `${appName}.${zones[0] ?? ""}`;
        const files = {
            Corefile: corefile(zones),
            ...Object.fromEntries(
                zones.map((zone) => {
                    const records = args.records.filter(({ host }) => isWithin(host, zone));
                    return [`zone.${zone}`, zoneFile(zone, this.serverName, records)];
                }),
            ),
        };
        // A name that holds the content's hash makes every change a new ConfigMap and so a rolling update: no pod
        // serves a mixture, and none waits for the kubelet to notice. The resource has the hash in its name as well, so
        // that it is another resource instead of a replacement: what is left to delete of a replacement that failed
        // would be deleted by its name, also when the content, and so the name, is wanted again.
        const hash = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 10);
        const configMap = new k8s.core.v1.ConfigMap(
            `${name}-config-${hash}`,
            { metadata: { name: `${appName}-${hash}`, namespace, labels }, immutable: true, data: files },
            // Its name before it had the hash.
            { parent: this, aliases: [{ name: `${name}-config` }] },
        );
        const service = new k8s.core.v1.Service(
            `${name}-service`,
            {
                metadata: { name: appName, namespace, labels, annotations: skipAwait },
                spec: {
                    selector: labels,
                    ports: [
                        { name: "dns", port: 53, targetPort: listenPort, protocol: "UDP" },
                        { name: "dns-tcp", port: 53, targetPort: listenPort, protocol: "TCP" },
                    ],
                },
            },
            { parent: this },
        );
        this.ready = new k8s.apps.v1.Deployment(
            `${name}-pods`,
            {
                metadata: { name: appName, namespace, labels },
                spec: {
                    replicas: args.replicas,
                    selector: { matchLabels: labels },
                    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                    template: {
                        metadata: { labels: { ...labels, "sidecar.istio.io/inject": "false" } },
                        spec: {
                            automountServiceAccountToken: false,
                            // Resolving the mesh's names must not depend on the DNS that depends on this server.
                            dnsPolicy: "Default",
                            securityContext: {
                                runAsNonRoot: true,
                                runAsUser: 65532,
                                seccompProfile: { type: "RuntimeDefault" },
                            },
                            containers: [
                                {
                                    name: "coredns",
                                    image: args.image,
                                    imagePullPolicy: "IfNotPresent",
                                    args: ["-conf", "/etc/coredns/Corefile"],
                                    ports: [
                                        { name: "dns", containerPort: listenPort, protocol: "UDP" },
                                        { name: "dns-tcp", containerPort: listenPort, protocol: "TCP" },
                                    ],
                                    // A pod that ends closes this port at once and answers for the lameduck's time. Seen as not
                                    // ready it loses its flows from kube-proxy, which else go on asking it for what it no
                                    // longer knows. A probe that is merely slow is no end.
                                    readinessProbe: {
                                        httpGet: { path: "/ready", port: 8181 },
                                        periodSeconds: 1,
                                        timeoutSeconds: 5,
                                        failureThreshold: 2,
                                    },
                                    livenessProbe: {
                                        httpGet: { path: "/health", port: 8080 },
                                        periodSeconds: 10,
                                    },
                                    resources: {
                                        requests: { cpu: "10m", memory: "32Mi" },
                                        limits: { memory: "128Mi" },
                                    },
                                    securityContext: {
                                        allowPrivilegeEscalation: false,
                                        capabilities: { drop: ["ALL"] },
                                        readOnlyRootFilesystem: true,
                                    },
                                    volumeMounts: [
                                        { name: "config", mountPath: "/etc/coredns", readOnly: true },
                                    ],
                                },
                            ],
                            volumes: [{ name: "config", configMap: { name: configMap.metadata.name } }],
                        },
                    },
                },
            },
            { parent: this, ...deleteInTime },
        );
        // Only a Service that exists has an id; a preview takes the address of a new one for missing instead of unknown.
        this.address = pulumi.all([service.spec.clusterIP, service.id]).apply(([address]) => address);
        this.registerOutputs({ address: this.address });
    }
}

function corefile(zones: readonly string[]): string {
    return [
        `${zones.map((zone) => `${zone}:${listenPort}`).join(" ")} {`,
        "    errors",
        "    health {",
        "        lameduck 5s",
        "    }",
        "    ready",
        ...zones.map((zone) => `    file /etc/coredns/zone.${zone} ${zone}`),
        "}",
        "",
    ].join("\n");
}
