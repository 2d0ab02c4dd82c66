import assert from "node:assert/strict";
import { connectionPool } from "../../../lib/mesh/connectionPool";

const tcpKeepalive = { time: "30s", interval: "10s", probes: 3 };

describe("connectionPool", () => {
    it("finds dead connections everywhere, and shortens no wait where there is no other cluster", () => {
        assert.deepEqual(connectionPool("nobody"), { tcp: { tcpKeepalive } });
        assert.deepEqual(connectionPool("nobody", { tcp: {}, http: {} }), { tcp: { tcpKeepalive } });
    });

    it("gives a cluster up after two seconds where there is another, and puts few calls on one connection", () => {
        const http = { maxConcurrentStreams: 10 };
        assert.deepEqual(connectionPool("follower"), { tcp: { connectTimeout: "2s", tcpKeepalive }, http });
        assert.deepEqual(connectionPool("egress"), { tcp: { tcpKeepalive }, http });
    });

    it("has what an import says itself before the defaults, field by field", () => {
        const own = {
            tcp: { connectTimeout: "5s", tcpKeepalive: { time: "10m" } },
            http: { maxConcurrentStreams: 500 },
        };
        const merged = {
            tcp: { connectTimeout: "5s", tcpKeepalive: { ...tcpKeepalive, time: "10m" } },
            http: { maxConcurrentStreams: 500 },
        };
        for (const chooser of ["nobody", "follower", "egress"] as const)
            assert.deepEqual(connectionPool(chooser, own), merged);
    });
});
