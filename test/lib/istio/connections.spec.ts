import assert from "node:assert/strict";
import { connectionAgeSeconds, gatewayGraceSeconds, withConnections } from "../../../lib/istio/connections";
import { importDestinationRule } from "../../../lib/istio/objects";

const rule = importDestinationRule("httpbin.bar.global");
const tls = { mode: "ISTIO_MUTUAL" };
const tcp = { connectTimeout: "2s", tcpKeepalive: { time: "30s" } };
const http = { maxConcurrentStreams: 10 };

describe("withConnections", () => {
    it("limits the age of connections that carry requests, and repeats what holds for the host", () => {
        const ports = [
            { number: 8000, protocol: "HTTP" },
            { number: 9000, protocol: "GRPC" },
            { number: 5432, protocol: "TCP" },
        ];
        const connectionPool = { tcp: { ...tcp, maxConnectionDuration: "20s" }, http };
        assert.deepEqual(withConnections(rule, ports, { tcp, http }), {
            ...rule,
            trafficPolicy: {
                tls,
                connectionPool: { tcp },
                portLevelSettings: [
                    { port: { number: 8000 }, tls, connectionPool },
                    { port: { number: 9000 }, tls, connectionPool },
                ],
            },
        });
    });

    it("gives the application's own connections no age", () => {
        const ports = ["TCP", "TLS", "HTTPS", "MONGO"].map((protocol, index) => ({
            number: index + 1,
            protocol,
        }));
        assert.deepEqual(withConnections(rule, ports, { tcp, http }), {
            ...rule,
            trafficPolicy: { tls, connectionPool: { tcp } },
        });
    });

    it("leaves a gateway enough time to see every connection go", () => {
        assert.ok(gatewayGraceSeconds >= connectionAgeSeconds + 30);
    });
});
