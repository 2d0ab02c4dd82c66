import assert from "node:assert/strict";
import fc from "fast-check";
import {
    defaultOutlierDetection,
    defaultRetryOn,
    httpRetries,
    localityLbSetting,
    outlierDetection,
    rankLabels,
    retryAttempts,
} from "../../../lib/mesh/failover";
import { hasRequests } from "../../../lib/istio/protocols";
import { importVirtualService, needsVirtualService } from "../../../lib/mesh/routes";
import { exportSubsets, importSubsets, subsetLabels } from "../../../lib/mesh/subsets";

/** Istio's own rule: the more labels agree with those of a caller that has none of them, the higher the priority. */
function istioPriority(
    failoverPriority: readonly string[],
    labels: Readonly<Record<string, string>>,
): number {
    const different = failoverPriority.findIndex((label) => labels[label] !== undefined);
    return different < 0 ? 0 : failoverPriority.length - different;
}

describe("the order of several clusters", () => {
    it("is the priority that Istio gives to each rank", () => {
        fc.assert(
            fc.property(fc.integer({ min: 2, max: 12 }), (ranks) => {
                const { failoverPriority = [] } = localityLbSetting("failover", ranks);
                const given = Array.from({ length: ranks }, (_, rank) =>
                    istioPriority(failoverPriority, rankLabels(rank)),
                );
                assert.deepEqual(
                    given,
                    given.map((_, rank) => rank),
                );
            }),
        );
    });

    it("needs no label on the first rank, so that pods can have it", () => {
        assert.deepEqual(rankLabels(0), {});
        assert.deepEqual(localityLbSetting("failover", 3), {
            enabled: true,
            failoverPriority: ["failover.istio-multicluster/2", "failover.istio-multicluster/1"],
        });
    });

    it("is left to Istio's localities, or to nobody", () => {
        assert.deepEqual(localityLbSetting("nearest", 3), { enabled: true });
        assert.deepEqual(localityLbSetting("spread", 3), { enabled: false });
    });

    it("gives each rank two tries", () => {
        // The first call is one more than the repeated ones.
        assert.deepEqual([1, 2, 3].map(retryAttempts), [2, 3, 5]);
    });
});

describe("outlierDetection", () => {
    it("has the defaults where an import says nothing, and what it says elsewhere", () => {
        assert.deepEqual(outlierDetection({}), defaultOutlierDetection);
        assert.deepEqual(outlierDetection({ interval: "1s" }), {
            ...defaultOutlierDetection,
            interval: "1s",
        });
    });

    it("counts no answer of the application's own, and few lost connections", () => {
        assert.equal(defaultOutlierDetection.consecutive5xxErrors, 0);
        assert.ok(
            defaultOutlierDetection.consecutiveGatewayErrors >
                defaultOutlierDetection.consecutiveLocalOriginFailures,
        );
    });
});

describe("importVirtualService", () => {
    const host = "httpbin.bar.global";
    const retries = { attempts: 3, retryOn: defaultRetryOn, retryRemoteLocalities: true };
    const any = { route: [{ destination: { host } }], retries };

    it("repeats calls, and sends them to any version, where there is no rule", () => {
        assert.deepEqual(importVirtualService({ host, routes: [], ranks: 2 }), {
            hosts: [host],
            exportTo: ["*"],
            http: [any],
        });
    });

    it("says on every route how long a call may take and when it is repeated", () => {
        const settings = { timeout: "5s", retries: { retryOn: "503", perTryTimeout: "1s" } };
        const handling = { timeout: "5s", retries: { ...retries, ...settings.retries } };
        const shared = { headers: { a: "b" }, to: { v1: 1 } };
        assert.deepEqual(
            importVirtualService({ host, routes: [shared], ranks: 2, ...settings }).http.map(
                ({ timeout, retries }) => ({ timeout, retries }),
            ),
            [handling, handling],
        );
        // istiod refuses conditions for what is never done.
        assert.deepEqual(httpRetries(2, { attempts: 0 }), { attempts: 0 });
        assert.deepEqual(httpRetries(1, { attempts: 7 }), { ...retries, attempts: 7 });
    });

    it("repeats no call by itself that a server may have begun with", () => {
        const safe = ["connect-failure", "refused-stream", "reset-before-request"];
        assert.deepEqual(defaultRetryOn.split(","), safe);
    });

    it("is there where a sidecar sees single calls and something is to be said of them", () => {
        const ports = (...protocols: string[]) => protocols.map((protocol) => ({ protocol }));
        const calls = { routes: [] };
        assert.equal(needsVirtualService(calls, 1, ports("HTTP", "TCP")), false);
        assert.equal(needsVirtualService(calls, 2, ports("HTTP", "TCP")), true);
        assert.equal(needsVirtualService(calls, 2, ports("TCP")), false);
        assert.equal(needsVirtualService({ ...calls, timeout: "1s" }, 1, ports("HTTP")), true);
        assert.equal(needsVirtualService({ ...calls, retries: { attempts: 0 } }, 1, ports("HTTP")), true);
        // Istio itself would repeat a call of gRPC that was answered "unavailable".
        assert.equal(needsVirtualService(calls, 1, ports("TCP", "GRPC")), true);
        assert.equal(needsVirtualService(calls, 1, ports("HTTP2")), true);
    });

    it("goes by headers and shares, and leaves no call without a route", () => {
        const byHeader = { headers: { "X-Version": "v2" }, to: { v2: 1 } };
        const shared = { headers: {}, to: { v1: 9, v2: 1 } };
        const first = {
            match: [{ headers: { "x-version": { exact: "v2" } } }],
            route: [{ destination: { host, subset: "v2" }, weight: 1 }],
            retries,
        };
        const second = {
            route: [
                { destination: { host, subset: "v1" }, weight: 9 },
                { destination: { host, subset: "v2" }, weight: 1 },
            ],
            retries,
        };
        const http = (routes: Parameters<typeof importVirtualService>[0]["routes"]) =>
            importVirtualService({ host, routes, ranks: 2 }).http;
        assert.deepEqual(http([byHeader]), [first, any]);
        assert.deepEqual(http([byHeader, shared]), [first, second]);
        // istiod refuses a rule that nothing can reach.
        assert.deepEqual(http([shared, byHeader]), [second]);
    });

    it("is of use on ports on which a sidecar sees single calls", () => {
        assert.deepEqual(["HTTP", "HTTP2", "GRPC", "TCP", "TLS", "HTTPS", "MONGO"].filter(hasRequests), [
            "HTTP",
            "HTTP2",
            "GRPC",
        ]);
    });
});

describe("subsets", () => {
    it("of an import select the gateways that have them, each by a label of its own", () => {
        assert.deepEqual(subsetLabels(["v2", "v1"]), {
            "subset.istio-multicluster/v1": "true",
            "subset.istio-multicluster/v2": "true",
        });
        assert.deepEqual(importSubsets(["v2", "v1", "v2"]), [
            { name: "v1", labels: { "subset.istio-multicluster/v1": "true" } },
            { name: "v2", labels: { "subset.istio-multicluster/v2": "true" } },
        ]);
    });

    it("of an export select pods", () => {
        assert.deepEqual(exportSubsets({ v2: { version: "v2" }, all: {} }), [
            { name: "all", labels: {} },
            { name: "v2", labels: { version: "v2" } },
        ]);
    });
});
