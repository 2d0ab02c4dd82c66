import assert from "node:assert/strict";
import {
    connectionAgeSeconds,
    gatewayGraceSeconds,
    withConnectionAge,
} from "../../../lib/istio/connectionAge";
import { importDestinationRule } from "../../../lib/istio/objects";

const rule = importDestinationRule("httpbin.bar.global");
const tls = { mode: "ISTIO_MUTUAL" };
const connectionPool = { tcp: { maxConnectionDuration: "20s" } };

describe("withConnectionAge", () => {
    it("limits the age of connections that carry requests, and repeats what holds for the host", () => {
        const ports = [
            { number: 8000, protocol: "HTTP" },
            { number: 9000, protocol: "GRPC" },
        ];
        assert.deepEqual(withConnectionAge(rule, ports), {
            ...rule,
            trafficPolicy: {
                tls,
                portLevelSettings: [
                    { port: { number: 8000 }, tls, connectionPool },
                    { port: { number: 9000 }, tls, connectionPool },
                ],
            },
        });
    });

    it("leaves the application's own connections alone", () => {
        const ports = ["TCP", "TLS", "HTTPS", "MONGO"].map((protocol, index) => ({
            number: index + 1,
            protocol,
        }));
        assert.deepEqual(withConnectionAge(rule, ports), rule);
    });

    it("leaves a gateway enough time to see every connection go", () => {
        assert.ok(gatewayGraceSeconds >= connectionAgeSeconds + 30);
    });
});
