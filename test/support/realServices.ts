import { stringify } from "yaml";
import { imageNames } from "../../lab/versions";
import { makeCertificate } from "./certificates";

/** Namespace of the Services below. */
export const shop = "shop";

type Manifest = Readonly<Record<string, unknown>>;

/** A Service in the shape that a chart in wide use gives it, and what comes of its export. */
export interface RealService {
    readonly name: string;
    /** Whose shape it is. */
    readonly like: string;
    readonly spec: Manifest;
    /** Options of its export. */
    readonly options?: readonly string[];
    /** How it is called by its mesh-wide name, and what answers; or why it is not exported. */
    readonly call?: { readonly url: string } | { readonly tcp: number };
    readonly refusal?: RegExp;
}

const web = { "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "shop" };
const data = { "app.kubernetes.io/name": "data", "app.kubernetes.io/instance": "shop" };
const host = (name: string) => `${name}.${shop}.global`;

/** Ten of them; the one of a DNS server is exported in part the second time. */
export const realServices: readonly RealService[] = [
    {
        name: "orders",
        like: "helm create: a named port on a named one",
        spec: { selector: web, ports: [{ name: "http", port: 80, targetPort: "http" }] },
        call: { url: `http://${host("orders")}/` },
    },
    {
        name: "inventory",
        like: "gRPC by appProtocol, under a name that says nothing",
        spec: { selector: web, ports: [{ name: "api", port: 9090, appProtocol: "grpc" }] },
        call: { url: `http://${host("inventory")}:9090/` },
    },
    {
        name: "console",
        like: "Harbor, Argo CD: several ports, to one and the same",
        spec: {
            selector: web,
            ports: [
                { name: "http-web", port: 8000, targetPort: "http" },
                { name: "https-web", port: 443, targetPort: "https" },
                { name: "http-metrics", port: 9102, targetPort: 8080 },
            ],
        },
        call: { url: `http://${host("console")}:9102/` },
    },
    {
        name: "dashboard",
        like: "Kubernetes dashboard: its own TLS",
        spec: { selector: web, ports: [{ name: "web", port: 443, targetPort: 8443, appProtocol: "https" }] },
        call: { url: `-k https://${host("dashboard")}/` },
    },
    {
        name: "frontend",
        like: "a port named web, without a protocol",
        spec: { selector: web, ports: [{ name: "web", port: 3000, targetPort: 8080 }] },
        call: { url: `http://${host("frontend")}:3000/` },
    },
    {
        name: "cache-master",
        like: "Bitnami's Redis",
        spec: { selector: data, ports: [{ name: "tcp-redis", port: 6379, targetPort: "redis" }] },
        call: { tcp: 6379 },
    },
    {
        name: "db",
        like: "MySQL, without a name for its port",
        spec: { selector: data, ports: [{ port: 3306 }] },
        call: { tcp: 3306 },
    },
    {
        name: "cache-headless",
        like: "a StatefulSet's own",
        spec: { clusterIP: "None", selector: data, ports: [{ name: "tcp-redis", port: 6379 }] },
        refusal: /Service shop\/cache-headless is headless \(clusterIP: None\)/,
    },
    {
        name: "ldap",
        like: "ExternalName",
        spec: { type: "ExternalName", externalName: "ldap.example.com" },
        refusal: /Service shop\/ldap stands for ldap\.example\.com, outside of the cluster \(ExternalName\)/,
    },
    {
        name: "legacy",
        like: "endpoints by hand",
        spec: { ports: [{ name: "http", port: 80 }] },
        refusal: /Service shop\/legacy has no selector/,
    },
    {
        name: "names",
        like: "kube-dns: UDP and TCP",
        spec: {
            selector: data,
            ports: [
                { name: "dns", port: 53, targetPort: 5353, protocol: "UDP" },
                { name: "dns-tcp", port: 53, targetPort: 5353, protocol: "TCP" },
            ],
        },
        refusal: /Service shop\/names has the UDP port dns, .* --ports dns-tcp/,
    },
    {
        name: "names",
        like: "the same, by what its refusal says",
        spec: {},
        options: ["--ports", "dns-tcp"],
        call: { tcp: 53 },
    },
];

/** Everything that stands behind the Services, and themselves, as one list for kubectl. */
export function shopManifests(): string {
    const namespace = { name: shop, labels: { "istio-injection": "enabled" } };
    const services = realServices.filter(({ options }) => options === undefined);
    return JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: [
            { apiVersion: "v1", kind: "Namespace", metadata: namespace },
            ...backend("web", web, { http: 8080, https: 8443, grpc: 9090 }),
            ...backend("data", data, { redis: 6379, mysql: 3306, dns: 5353 }),
            ...services.map(({ name, spec }) => ({
                apiVersion: "v1",
                kind: "Service",
                metadata: { name, namespace: shop },
                spec,
            })),
        ],
    });
}

/** A server that answers 200, or what it was sent: Envoy, which the lab has an image of. */
function backend(
    name: string,
    labels: Manifest,
    ports: Readonly<Record<string, number>>,
): readonly Manifest[] {
    const metadata = { name, namespace: shop };
    const config = stringify({
        static_resources: {
            listeners: Object.entries(ports).map(([kind, port]) => listener(port, kind)),
        },
    });
    const container = {
        name,
        image: imageNames.proxy,
        command: ["/usr/local/bin/envoy", "-c", "/etc/backend/envoy.yaml", "--log-level", "warn"],
        ports: Object.entries(ports).map(([kind, containerPort]) => ({ name: kind, containerPort })),
        volumeMounts: [{ name: "config", mountPath: "/etc/backend" }],
    };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata },
        { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "envoy.yaml": config } },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            spec: {
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: name,
                        terminationGracePeriodSeconds: 1,
                        containers: [container],
                        volumes: [{ name: "config", configMap: { name } }],
                    },
                },
            },
        },
    ];
}

const extensions = "type.googleapis.com/envoy.extensions";

function listener(port: number, kind: string): Manifest {
    const isWeb = ["http", "https", "grpc"].includes(kind);
    const answer = {
        name: "envoy.filters.network.http_connection_manager",
        typed_config: {
            "@type": `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: kind,
            route_config: {
                virtual_hosts: [
                    {
                        name: "all",
                        domains: ["*"],
                        routes: [{ match: { prefix: "/" }, direct_response: { status: 200 } }],
                    },
                ],
            },
            http_filters: [
                {
                    name: "envoy.filters.http.router",
                    typed_config: { "@type": `${extensions}.filters.http.router.v3.Router` },
                },
            ],
        },
    };
    const echo = {
        name: "envoy.filters.network.echo",
        typed_config: { "@type": `${extensions}.filters.network.echo.v3.Echo` },
    };
    return {
        address: { socket_address: { address: "0.0.0.0", port_value: port } },
        filter_chains: [
            { filters: [isWeb ? answer : echo], ...(kind === "https" && { transport_socket: ownTls() }) },
        ],
    };
}

function ownTls(): Manifest {
    const { certPem, privateKeyPem } = makeCertificate({ name: "dashboard", extensions: [] });
    return {
        name: "envoy.transport_sockets.tls",
        typed_config: {
            "@type": `${extensions}.transport_sockets.tls.v3.DownstreamTlsContext`,
            common_tls_context: {
                tls_certificates: [
                    {
                        certificate_chain: { inline_string: certPem },
                        private_key: { inline_string: privateKeyPem },
                    },
                ],
            },
        },
    };
}
