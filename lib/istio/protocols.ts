/** Protocols of single requests, which a sidecar can tell apart (pkg/config/protocol, IsHTTP). */
const requestProtocols = ["HTTP", "HTTP2", "GRPC"];

/**
 * Whether a sidecar sees single calls on a port of this protocol, so that it can route and repeat each, and change the
 * connection between two.
 */
export function hasRequests(protocol: string): boolean {
    return requestProtocols.includes(protocol);
}

/** What Istio takes a port for by its name or its `appProtocol`, in the words that an export has for it. */
const byName: Readonly<Record<string, string>> = {
    tcp: "TCP",
    grpc: "GRPC",
    "grpc-web": "HTTP",
    http: "HTTP",
    http_proxy: "HTTP",
    http2: "HTTP2",
    https: "HTTPS",
    tls: "TLS",
    mongo: "MONGO",
    // Istio tells them apart only where that is switched on.
    redis: "TCP",
    mysql: "TCP",
};

/** Names that Kubernetes gives to protocols, as `appProtocol` alone. */
const byAppProtocol: Readonly<Record<string, string>> = {
    "kubernetes.io/h2c": "HTTP2",
    "kubernetes.io/ws": "HTTP",
    "kubernetes.io/wss": "HTTPS",
};

/** Ports whose protocol Istio does not guess: the server speaks first there. */
const wellKnown = [25, 53, 3306, 27017];

/**
 * The protocol that a Service's port declares, as Istio reads it (pkg/config/kube, ConvertProtocol): `appProtocol` where there
 * is one, or else what the port's name has before its first dash.
 *
 * @returns undefined where it declares none, so that Istio looks at each connection
 */
export function declaredProtocol(port: {
    readonly name?: string | undefined;
    readonly appProtocol?: string | undefined;
    readonly port: number;
}): string | undefined {
    const { name = "", appProtocol } = port;
    const special = byAppProtocol[appProtocol ?? ""];
    if (special !== undefined) return special;
    const said = (appProtocol ?? name).toLowerCase();
    const word = said.startsWith("grpc-web") ? "grpc-web" : (said.split("-")[0] ?? "");
    return byName[word] ?? (wellKnown.includes(port.port) ? "TCP" : undefined);
}

/** Whether calls of a port of this protocol may be gRPC's, whose answers say by a number of their own what became of them. */
export function mayBeGrpc(protocol: string): boolean {
    return protocol === "GRPC" || protocol === "HTTP2";
}
