import { z } from "zod";
import { gatewayPort } from "../../istio/types";
import { type chain, cluster, info, listener, part, routes, text } from "./envoyShapes";

/** What is of interest in a proxy's configuration. */
export interface Interest {
    readonly hosts: readonly string[];
    /** Virtual addresses of the hosts. */
    readonly addresses: readonly string[];
    /** Ports that the hosts are called on. */
    readonly ports: readonly number[];
    /** Ports of the pods behind them. */
    readonly podPorts: readonly number[];
}

/** The pages of Envoy's administration, as they come. */
export interface EnvoyPages {
    /** `/server_info`. */
    readonly info: string;
    /** `/clusters`. */
    readonly endpoints: string;
    /** `/config_dump?resource=dynamic_active_clusters`. */
    readonly clusters: string;
    /** `/config_dump?resource=dynamic_listeners`. */
    readonly listeners: string;
    /** `/config_dump?resource=dynamic_route_configs`. */
    readonly routes: string;
}

/** What is kept of them, under Envoy's own names. */
export interface EnvoyState {
    readonly info: unknown;
    /** Lines of `/clusters`: the endpoints, their health and their counts. */
    readonly endpoints: readonly string[];
    readonly clusters: readonly unknown[];
    readonly listeners: readonly unknown[];
    readonly routes: readonly unknown[];
}

/**
 * Whether a host is a part of a name of Envoy's, `outbound|8000||HOST` or `outbound_.8000_._.HOST`, and not only the begin or
 * the end of another host in it.
 */
function names(text: string, { hosts }: Interest): boolean {
    return hosts.some((host) => {
        const at = text.indexOf(host);
        const before = text.charAt(at - 1);
        const isWhole = at === 0 || "|;:".includes(before) || text.slice(0, at).endsWith("_.");
        return at >= 0 && isWhole && !/[\w.-]/.test(text.charAt(at + host.length));
    });
}

/** The entries of a dump that have the shape that is asked for. */
function entries<T extends z.ZodType>(dump: string, shape: T): readonly z.infer<T>[] {
    const outer = z.object({ configs: z.array(z.unknown()).default([]) }).safeParse(parsed(dump));
    return (outer.data?.configs ?? []).flatMap((each) => {
        const { data, success } = shape.safeParse(each);
        return success ? [data] : [];
    });
}

function parsed(json: string): unknown {
    try {
        return JSON.parse(json) as unknown;
    } catch {
        return undefined;
    }
}

/** Reduces what a proxy says of itself to what is about some hosts, and to what is no secret. */
export function envoyState(pages: EnvoyPages, interest: Interest): EnvoyState {
    const isInbound = (name: string) => interest.podPorts.some((port) => name.startsWith(`inbound|${port}|`));
    const isMeant = (name: string) => isInbound(name) || names(name, interest);
    return {
        info: info.safeParse(parsed(pages.info)).data ?? {},
        endpoints: pages.endpoints
            .split("\n")
            .filter((line) => isMeant(line.slice(0, Math.max(line.indexOf("::"), 0)))),
        clusters: entries(pages.clusters, z.object({ cluster })).flatMap((each) =>
            isMeant(each.cluster.name) ? [each.cluster] : [],
        ),
        listeners: listenersOf(pages.listeners, interest),
        routes: routesOf(pages.routes, interest),
    };
}

/** Port on which a sidecar takes over what comes in. */
const inboundPort = 15006;

function listenersOf(dump: string, interest: Interest): readonly unknown[] {
    const shape = z.object({
        active_state: part({ version_info: text, listener: listener.optional() }),
        error_state: z.unknown().optional(),
        name: text,
    });
    return entries(dump, shape).flatMap(({ name, active_state: active, error_state: error }) => {
        const found = active?.listener;
        // What Envoy says of a listener that it refuses may quote all of it.
        const rejected = error === undefined ? {} : { is_rejected: true };
        if (found === undefined) return error === undefined ? [] : [{ name, ...rejected }];
        const { address = "", port_value: port = 0 } = found.address?.socket_address ?? {};
        const isShared = [...interest.ports, inboundPort, gatewayPort].includes(port);
        if (!interest.addresses.includes(address) && !isShared) return [];
        const chains = found.filter_chains?.filter((each) => isMeantChain(each, interest));
        return [{ ...found, filter_chains: chains, ...rejected }];
    });
}

function isMeantChain(
    { filter_chain_match: match = {} }: z.infer<typeof chain>,
    interest: Interest,
): boolean {
    const { server_names: servers, destination_port: port } = match;
    if (servers !== undefined) return servers.some((each) => names(each, interest));
    return port === undefined || [...interest.podPorts, ...interest.ports].includes(port);
}

function routesOf(dump: string, { hosts }: Interest): readonly unknown[] {
    const isHost = (domain: string) => hosts.some((host) => domain === host || domain.startsWith(`${host}:`));
    return entries(dump, z.object({ route_config: routes })).flatMap(({ route_config: config }) => {
        const about = (config.virtual_hosts ?? []).filter(({ domains }) => domains.some(isHost));
        return about.length === 0 ? [] : [{ ...config, virtual_hosts: about }];
    });
}
