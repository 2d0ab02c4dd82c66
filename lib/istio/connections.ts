import { hasRequests } from "./protocols";
import type { ConnectionPool, DestinationRuleSpec, Port } from "./types";

/**
 * Age at which a caller's proxy closes a connection that carries requests, once its last answer is there, and opens
 * another. A gateway passes encrypted connections on and can't tell a caller to leave; so a gateway that shall end, for an
 * update or with its node, waits until its connections have gone by themselves. Twenty seconds cost one TLS handshake, two
 * milliseconds, as seldom as that.
 */
export const connectionAgeSeconds = 20;

/**
 * Seconds that a gateway's pod gets to end: the age above, the seconds in which callers still may open new connections
 * because they don't know yet, and some for the longest request.
 */
export const gatewayGraceSeconds = 60;

/**
 * Adds to a rule how connections are made and kept. Those of each port whose protocol consists of requests get the age above
 * besides; a connection of any other protocol belongs to the application, and nothing ends it but that it is dead.
 */
export function withConnections(
    rule: DestinationRuleSpec,
    ports: readonly Pick<Port, "number" | "protocol">[],
    { tcp, http }: ConnectionPool,
): DestinationRuleSpec {
    const { trafficPolicy } = rule;
    if (trafficPolicy === undefined) return rule;
    // Settings of a port replace those of the host altogether, so these are repeated.
    const portLevelSettings = ports
        .filter(({ protocol }) => hasRequests(protocol))
        .map(({ number }) => ({
            port: { number },
            ...trafficPolicy,
            connectionPool: {
                tcp: { ...tcp, maxConnectionDuration: `${connectionAgeSeconds}s` },
                ...(http && { http }),
            },
        }));
    return {
        ...rule,
        trafficPolicy: {
            ...trafficPolicy,
            connectionPool: { tcp },
            ...(portLevelSettings.length > 0 && { portLevelSettings }),
        },
    };
}
