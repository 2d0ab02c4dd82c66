import { z } from "zod";

/*
 * An allow-list of Envoy's configuration, under its own names: a field that is not named here is not kept. So no header that is
 * added, no code of a filter, no environment and no certificate gets in, whatever somebody's EnvoyFilter or an annotation has
 * put there.
 */

/** A text that may be left out. */
export const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const list = <T extends z.ZodType>(item: T) => z.array(item).optional().catch(undefined);
/** A map that may be left out. */
export const part = <T extends z.ZodRawShape>(shape: T) => z.object(shape).optional().catch(undefined);

const matched = z.object({ exact: text, prefix: text, suffix: text });
const identities = part({
    match_subject_alt_names: list(matched),
    match_typed_subject_alt_names: list(z.object({ san_type: text, matcher: matched.optional() })),
});
const socket = part({
    name: text,
    typed_config: part({
        sni: text,
        common_tls_context: part({
            alpn_protocols: list(z.string()),
            tls_certificate_sds_secret_configs: list(z.object({ name: text })),
            validation_context_sds_secret_config: part({ name: text }),
            combined_validation_context: part({ default_validation_context: identities }),
        }),
    }),
});
/** A cluster: where it leads, with whose certificate, and whom it accepts. */
export const cluster = z.object({
    name: z.string(),
    type: text,
    connect_timeout: text,
    lb_policy: text,
    transport_socket: socket,
    transport_socket_matches: list(z.object({ name: text, transport_socket: socket })),
    outlier_detection: part({ consecutive_5xx: number, interval: text, base_ejection_time: text }),
});

const weighted = part({ clusters: list(z.object({ name: text, weight: number })) });
const filter = z.object({
    name: text,
    typed_config: part({
        cluster: text,
        weighted_clusters: weighted,
        rds: part({ route_config_name: text }),
        http_filters: list(z.object({ name: text })),
    }),
});
/** A chain of filters of a listener. */
export const chain = z.object({
    name: text,
    filter_chain_match: part({
        destination_port: number,
        server_names: list(z.string()),
        transport_protocol: text,
        application_protocols: list(z.string()),
    }),
    filters: list(filter),
    transport_socket: socket,
});
/** A listener, with the names of its filters and where they lead. */
export const listener = z.object({
    name: z.string(),
    address: part({ socket_address: part({ address: text, port_value: number }) }),
    filter_chains: list(chain),
    default_filter_chain: chain.optional().catch(undefined),
});

const route = z.object({
    name: text,
    match: part({
        prefix: text,
        path: text,
        path_separated_prefix: text,
        safe_regex: part({ regex: text }),
        headers: list(z.object({ name: text })),
    }),
    route: part({
        cluster: text,
        weighted_clusters: weighted,
        timeout: text,
        retry_policy: part({ retry_on: text, num_retries: number }),
    }),
    direct_response: part({ status: number }),
    redirect: part({ response_code: text }),
});
const virtualHost = z.object({ name: text, domains: z.array(z.string()), routes: list(route) });
/** A route configuration: what it matches and where it leads. */
export const routes = z.object({ name: z.string(), virtual_hosts: list(virtualHost) });

/** What a proxy says of itself. */
export const info = z.object({ version: text, state: text, uptime_current_epoch: text });
