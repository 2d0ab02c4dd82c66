import { hasRequests } from "./protocols";
import type { DestinationRuleSpec, Port } from "./types";

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
 * Adds the age to a rule, for each port whose protocol consists of requests. A connection of any other protocol belongs to
 * the application and is left alone.
 */
export function withConnectionAge(
    rule: DestinationRuleSpec,
    ports: readonly Pick<Port, "number" | "protocol">[],
): DestinationRuleSpec {
    const { trafficPolicy } = rule;
    if (trafficPolicy === undefined) return rule;
    // Settings of a port replace those of the host altogether, so these are repeated.
    const portLevelSettings = ports
        .filter(({ protocol }) => hasRequests(protocol))
        .map(({ number }) => ({
            port: { number },
            ...trafficPolicy,
            connectionPool: { tcp: { maxConnectionDuration: `${connectionAgeSeconds}s` } },
        }));
    if (portLevelSettings.length === 0) return rule;
    return { ...rule, trafficPolicy: { ...trafficPolicy, portLevelSettings } };
}
