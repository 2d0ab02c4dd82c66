import type { ConnectionPoolSettings } from "../config/imports";
import type { ConnectionPool } from "../istio/types";

/**
 * How long a connection to one of several clusters may take until it is there: through TCP, the gateway, and the TLS handshake
 * with the far pod. It is two round trips, so two seconds are enough for half a second each way, and for one packet that was
 * lost, which Linux sends again after one second. A cluster that takes longer is one to leave for the next; the calls that
 * waited for it are made there. Istio's own default of 10 s stays where there is no other cluster: failing sooner would help
 * nobody.
 */
export const defaultConnectTimeout = "2s";

/**
 * Calls at once on one connection of HTTP/2, gRPC's included, to one of several clusters; beyond that the proxy opens one more.
 * A connection that is dead takes every call sent on it with it, and only the next connection, which can't be made, shows that
 * the cluster is gone. Ten are sent within a third of a second at 30 calls a second.
 */
export const defaultConcurrentStreams = 10;

/**
 * When a connection on which nothing moves is asked whether it is there, and when it counts as dead: a minute after the last
 * sign of life. A link that is back within half a minute costs no connection.
 */
export const defaultKeepalive = { time: "30s", interval: "10s", probes: 3 } as const;

/** Who chooses among several clusters, as a rule sees it: nobody, since there is one; who follows it; or an egress gateway. */
export type Chooser = "nobody" | "follower" | "egress";

/** How an import's connections are made and kept: the defaults, with its own settings over them. */
export function connectionPool(
    chooser: Chooser,
    { tcp = {}, http }: ConnectionPoolSettings = {},
): ConnectionPool {
    const { tcpKeepalive, ...more } = tcp;
    const maxConcurrentStreams =
        http?.maxConcurrentStreams ?? (chooser === "nobody" ? undefined : defaultConcurrentStreams);
    return {
        tcp: {
            // An egress gateway needs the time of its own tries.
            ...(chooser === "follower" && { connectTimeout: defaultConnectTimeout }),
            ...more,
            tcpKeepalive: { ...defaultKeepalive, ...tcpKeepalive },
        },
        ...(maxConcurrentStreams !== undefined && { http: { maxConcurrentStreams } }),
    };
}
