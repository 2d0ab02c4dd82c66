import assert from "node:assert/strict";
import { envoyState } from "../../../../lib/doctor/bundle/envoyState";

const host = "httpbin.bar.global";
const interest = { hosts: [host], addresses: ["240.0.0.2"], ports: [8000], podPorts: [8080] };
const dump = (...configs: readonly object[]) => JSON.stringify({ configs });
const none = { info: "{}", endpoints: "", clusters: dump(), listeners: dump(), routes: dump() };
const stateOf = (pages: Partial<typeof none>) => envoyState({ ...none, ...pages }, interest);

describe("the state of a proxy", () => {
    it("is its version, and nothing of its environment", () => {
        const info = JSON.stringify({
            version: "abc/1.38.0/Clean",
            state: "LIVE",
            uptime_current_epoch: "10s",
            node: { metadata: { ENVIRONMENT: "x", ANNOTATIONS: { a: "b" } } },
            command_line_options: { config_yaml: "x" },
        });
        assert.deepEqual(stateOf({ info }).info, {
            version: "abc/1.38.0/Clean",
            state: "LIVE",
            uptime_current_epoch: "10s",
        });
    });

    it("has the endpoints and clusters of the hosts alone", () => {
        const line = (name: string) => `${name}::172.30.0.12:31443::health_flags::healthy`;
        const kept = [`outbound|8000||${host}`, `outbound_.8000_._.${host}`, "inbound|8080||"];
        const others = [`outbound|8000||x.${host}`, `outbound|8000||${host}.org`, "inbound|80||", "xds-grpc"];
        const { endpoints, clusters } = stateOf({
            endpoints: [...kept, ...others].map(line).join("\n"),
            clusters: dump(...[...kept, ...others].map((name) => ({ cluster: { name, type: "EDS" } }))),
        });
        assert.deepEqual(endpoints, kept.map(line));
        assert.deepEqual(
            clusters,
            kept.map((name) => ({ name, type: "EDS" })),
        );
    });

    it("says whom a cluster accepts, and holds no certificate and no header", () => {
        const socket = {
            name: "envoy.transport_sockets.tls",
            typed_config: {
                sni: `outbound_.8000_._.${host}`,
                common_tls_context: {
                    alpn_protocols: ["istio"],
                    tls_certificates: [{ private_key: { inline_string: "x" } }],
                    tls_certificate_sds_secret_configs: [{ name: "default", sds_config: { x: 1 } }],
                    combined_validation_context: {
                        default_validation_context: {
                            match_subject_alt_names: [{ exact: "spiffe://cluster.local/ns/bar/sa/httpbin" }],
                            trusted_ca: { inline_string: "x" },
                        },
                    },
                },
            },
        };
        const cluster = { name: `outbound|8000||${host}`, transport_socket: socket, metadata: { x: 1 } };
        assert.deepEqual(stateOf({ clusters: dump({ cluster }) }).clusters, [
            {
                name: cluster.name,
                transport_socket: {
                    name: socket.name,
                    typed_config: {
                        sni: socket.typed_config.sni,
                        common_tls_context: {
                            alpn_protocols: ["istio"],
                            tls_certificate_sds_secret_configs: [{ name: "default" }],
                            combined_validation_context: {
                                default_validation_context: {
                                    match_subject_alt_names: [
                                        { exact: "spiffe://cluster.local/ns/bar/sa/httpbin" },
                                    ],
                                },
                            },
                        },
                    },
                },
            },
        ]);
    });

    const lua = { name: "lua", typed_config: { inline_code: "request_handle:headers():add('x', 'y')" } };
    const listener = (address: string, port_value: number, filter_chains: readonly object[]) => ({
        name: `${address}_${port_value}`,
        active_state: {
            listener: {
                name: `${address}_${port_value}`,
                address: { socket_address: { address, port_value } },
                filter_chains,
            },
        },
    });

    it("has the listeners on a call's way, with their chains and the names of their filters", () => {
        const chain = (server: string) => ({
            filter_chain_match: { server_names: [`outbound_.8000_._.${server}`] },
            filters: [
                { name: "tcp", typed_config: { cluster: `outbound_.8000_._.${server}`, access_log: [1] } },
            ],
        });
        const http = {
            filters: [
                {
                    name: "http",
                    typed_config: {
                        rds: { route_config_name: "8000" },
                        http_filters: [lua, { name: "envoy.filters.http.router" }],
                    },
                },
            ],
        };
        const { listeners } = stateOf({
            listeners: dump(
                listener("0.0.0.0", 8000, [http]),
                listener("0.0.0.0", 15443, [chain(host), chain("other.bar.global")]),
                listener("10.0.0.1", 443, [http]),
                { name: "bad", error_state: { details: "quotes all of it" } },
            ),
        });
        const text = JSON.stringify(listeners);
        assert.equal(listeners.length, 3);
        assert.ok(text.includes('"lua"') && text.includes(`outbound_.8000_._.${host}`), text);
        assert.ok(text.includes('{"name":"bad","is_rejected":true}'), text);
        assert.doesNotMatch(text, /inline_code|request_handle|access_log|other\.bar|quotes/);
    });

    it("has the routes of the host, with the names of headers and no value", () => {
        const route = {
            name: "r",
            match: { prefix: "/v1", headers: [{ name: "authorization", string_match: { exact: "x" } }] },
            route: { cluster: `outbound|8000||${host}`, timeout: "5s", hash_policy: [1] },
            request_headers_to_add: [{ header: { key: "authorization", value: "x" } }],
        };
        const { routes } = stateOf({
            routes: dump({
                route_config: {
                    name: "8000",
                    virtual_hosts: [
                        { name: "a", domains: [host, `${host}:8000`], routes: [route] },
                        { name: "b", domains: ["other.bar.global"], routes: [] },
                    ],
                },
            }),
        });
        assert.deepEqual(routes, [
            {
                name: "8000",
                virtual_hosts: [
                    {
                        name: "a",
                        domains: [host, `${host}:8000`],
                        routes: [
                            {
                                name: "r",
                                match: { prefix: "/v1", headers: [{ name: "authorization" }] },
                                route: { cluster: `outbound|8000||${host}`, timeout: "5s" },
                            },
                        ],
                    },
                ],
            },
        ]);
    });

    it("is empty where the pages are no such pages", () => {
        const page = "upstream connect error";
        const state = { info: page, endpoints: page, clusters: page, listeners: page, routes: page };
        assert.deepEqual(envoyState(state, interest), {
            ...{ info: {}, endpoints: [], clusters: [], listeners: [], routes: [] },
        });
    });
});
