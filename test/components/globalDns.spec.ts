import assert from "node:assert/strict";
import { GlobalDns } from "../../components/globalDns";
import { type ZoneRecord, zoneFile } from "../../lib/dns/zoneFile";
import { idOf, record, type Registered } from "../support/mocks";

const httpbin = { host: "httpbin.bar.global", address: "240.0.0.2" };
const sleep = { host: "sleep.foo.global", address: "240.0.0.3" };
const labels = { app: "global-dns" };
const corefile = `global:5353 {
    errors
    health {
        lameduck 5s
    }
    ready
    file /etc/coredns/zone.global global
}
`;

async function make(records: readonly ZoneRecord[], zones: readonly string[] = ["global"]) {
    return record(() => {
        const dns = new GlobalDns("dns", {
            namespace: "istio-system",
            zones,
            records,
            image: "lab.local/coredns:v1.12.1",
            replicas: 2,
        });
        return { address: dns.address, serverName: dns.serverName, ready: dns.ready.urn };
    });
}

/** Name of the one ConfigMap. */
function configName(resources: readonly Registered[]): string {
    const [config] = resources.filter(({ type }) => type === "kubernetes:core/v1:ConfigMap");
    return (config?.inputs["metadata"] as { readonly name: string }).name;
}

/** Name of the resource of a ConfigMap: both end in the hash of its content. */
function resourceOf(configMap: string): string {
    return configMap.replace("global-dns-", "dns-config-");
}

describe("GlobalDns", () => {
    it("is a CoreDNS with a zone file and a Service on port 53", async () => {
        const { resources, result } = await make([sleep, httpbin]);
        const name = configName(resources);
        assert.match(name, /^global-dns-[0-9a-f]{10}$/);
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:GlobalDns", name: "dns", inputs: {} },
            {
                type: "kubernetes:apps/v1:Deployment",
                name: "dns-pods",
                parent: "dns",
                dependsOn: [`kubernetes:core/v1:ConfigMap::${resourceOf(name)}`],
                inputs: {
                    apiVersion: "apps/v1",
                    kind: "Deployment",
                    metadata: { name: "global-dns", namespace: "istio-system", labels },
                    spec: {
                        replicas: 2,
                        selector: { matchLabels: labels },
                        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                        template: {
                            metadata: { labels: { ...labels, "sidecar.istio.io/inject": "false" } },
                            spec: {
                                automountServiceAccountToken: false,
                                dnsPolicy: "Default",
                                securityContext: {
                                    runAsNonRoot: true,
                                    runAsUser: 65532,
                                    seccompProfile: { type: "RuntimeDefault" },
                                },
                                containers: [
                                    {
                                        name: "coredns",
                                        image: "lab.local/coredns:v1.12.1",
                                        imagePullPolicy: "IfNotPresent",
                                        args: ["-conf", "/etc/coredns/Corefile"],
                                        ports: [
                                            { name: "dns", containerPort: 5353, protocol: "UDP" },
                                            { name: "dns-tcp", containerPort: 5353, protocol: "TCP" },
                                        ],
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
                                volumes: [{ name: "config", configMap: { name } }],
                            },
                        },
                    },
                },
            },
            {
                type: "kubernetes:core/v1:ConfigMap",
                name: resourceOf(name),
                parent: "dns",
                inputs: {
                    apiVersion: "v1",
                    kind: "ConfigMap",
                    metadata: { name, namespace: "istio-system", labels },
                    immutable: true,
                    data: {
                        Corefile: corefile,
                        "zone.global": zoneFile("global", "global-dns.global", [httpbin, sleep]),
                    },
                },
            },
            {
                type: "kubernetes:core/v1:Service",
                name: "dns-service",
                parent: "dns",
                inputs: {
                    apiVersion: "v1",
                    kind: "Service",
                    metadata: {
                        name: "global-dns",
                        namespace: "istio-system",
                        labels,
                        annotations: { "pulumi.com/skipAwait": "true" },
                    },
                    spec: {
                        selector: labels,
                        ports: [
                            { name: "dns", port: 53, targetPort: 5353, protocol: "UDP" },
                            { name: "dns-tcp", port: 53, targetPort: 5353, protocol: "TCP" },
                        ],
                    },
                },
            },
        ]);
        assert.equal(result["address"], "10.90.0.53");
        assert.equal(result["serverName"], "global-dns.global");
        assert.match(String(result["ready"]), /::dns-pods$/);
    });

    it("serves each of several zones from a file of its own", async () => {
        const orders = { host: "orders.shop.mesh.corp", address: "240.0.0.4" };
        const { resources, result } = await make([orders, httpbin], ["global", "mesh.corp"]);
        const config = resources.find(({ name }) => name.startsWith("dns-config-"));
        assert.deepEqual(config?.inputs["data"], {
            Corefile: corefile
                .replace("global:5353 {", "global:5353 mesh.corp:5353 {")
                .replace(" global\n}", " global\n    file /etc/coredns/zone.mesh.corp mesh.corp\n}"),
            "zone.global": zoneFile("global", "global-dns.global", [httpbin]),
            "zone.mesh.corp": zoneFile("mesh.corp", "global-dns.global", [orders]),
        });
        assert.equal(result["serverName"], "global-dns.global");
    });

    it("keeps its ConfigMap whatever the order of the records, and has another resource when one changes", async () => {
        const one = await make([httpbin, sleep]);
        const reordered = await make([sleep, httpbin]);
        const changed = await make([sleep, { ...httpbin, address: "240.0.0.4" }]);
        assert.deepEqual(reordered.resources, one.resources);
        // As a replacement, an update that fails would leave the old one to be deleted by its name, wanted again or not.
        const [before, after] = [one, changed].map(({ resources }) => new Set(resources.map(idOf)));
        assert.notEqual(configName(changed.resources), configName(one.resources));
        assert.deepEqual(
            [...(after ?? [])].filter((id) => before?.has(id) !== true),
            [`kubernetes:core/v1:ConfigMap::${resourceOf(configName(changed.resources))}`],
        );
    });
});
