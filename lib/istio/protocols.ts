/** Protocols of single requests, which a sidecar can tell apart (pkg/config/protocol, IsHTTP). */
const requestProtocols = ["HTTP", "HTTP2", "GRPC"];

/**
 * Whether a sidecar sees single calls on a port of this protocol, so that it can route and repeat each, and change the
 * connection between two.
 */
export function hasRequests(protocol: string): boolean {
    return requestProtocols.includes(protocol);
}

/** Whether calls of a port of this protocol may be gRPC's, whose answers say by a number of their own what became of them. */
export function mayBeGrpc(protocol: string): boolean {
    return protocol === "GRPC" || protocol === "HTTP2";
}
