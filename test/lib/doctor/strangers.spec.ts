import * as assert from "node:assert/strict";
import type { HttpRoute, ServiceEntrySpec, VirtualServiceSpec } from "../../../lib/doctor/objects";
import {
    after,
    before,
    callerLists,
    codesOf,
    findingsOf,
    meshs,
    serverLists,
    somebodys,
} from "../../support/doctor";

const host = "httpbin.bar.global";
const atSidecar = { endedAt: "sidecar" } as const;

describe("somebody's ServiceEntry", () => {
    const entry = (namespace: string, created: string, spec: ServiceEntrySpec = {}) => ({
        metadata: somebodys(namespace, "theirs", { creationTimestamp: created }),
        spec: { hosts: [host], endpoints: [{ address: "1.2.3.4" }], ...spec },
    });
    const atCaller = (each: ReturnType<typeof entry>) =>
        codesOf({ call: atSidecar, here: { ServiceEntry: [...callerLists().ServiceEntry, each] } });

    it("takes the host where it is older, shown to some, or in the same namespace", () => {
        const taken = ["host-taken-by-service-entry"];
        assert.deepEqual(atCaller(entry("team", before)), taken);
        assert.deepEqual(atCaller(entry("foo", after, { exportTo: ["."] })), taken);
        assert.deepEqual(atCaller(entry("team", after, { exportTo: ["foo", "x"] })), taken);
        assert.deepEqual(atCaller(entry("istio-system", after)), taken);
        const here = { ServiceEntry: [...callerLists().ServiceEntry, entry("team", before)] };
        assert.equal(
            findingsOf({ call: atSidecar, here })[0]?.cause,
            "ServiceEntry team/theirs is somebody's entry of the same host httpbin.bar.global, and the caller goes by it: " +
                "it is the older one, which Istio takes.",
        );
    });

    it("is no cause where it is younger, hidden, or of another host", () => {
        assert.deepEqual(atCaller(entry("team", after)), []);
        assert.deepEqual(atCaller(entry("team", before, { exportTo: ["."] })), []);
        assert.deepEqual(atCaller(entry("team", before, { hosts: ["other.bar.global"] })), []);
        // A pattern leaves a host to who names it.
        assert.deepEqual(atCaller(entry("team", before, { hosts: ["*.bar.global"] })), []);
    });

    it("is known by where it is, and not by its name or who has written it", () => {
        const named = {
            ...entry("team", before),
            metadata: somebodys("team", host, { creationTimestamp: before }),
        };
        assert.deepEqual(atCaller(named), ["host-taken-by-service-entry"]);
        // The mesh's own entry, played back by somebody's backup.
        const [own] = callerLists().ServiceEntry;
        const restored = { metadata: somebodys("istio-system", host), ...(own?.spec && { spec: own.spec }) };
        assert.deepEqual(codesOf({ call: atSidecar, here: { ServiceEntry: [restored] } }), []);
    });

    it("takes the host from the exporter's gateway", () => {
        const there = { ServiceEntry: [...serverLists().ServiceEntry, entry("team", before)] };
        assert.deepEqual(
            findingsOf({ there }).map(({ code, cluster }) => [code, cluster]),
            [["host-taken-by-service-entry", "cluster2"]],
        );
    });
});

describe("the mesh's own entries", () => {
    it("are missing", () => {
        assert.deepEqual(codesOf({ call: atSidecar, here: { ServiceEntry: [] } }), ["import-missing"]);
        assert.deepEqual(codesOf({ there: { ServiceEntry: [] } }), ["alias-missing"]);
        assert.deepEqual(codesOf({ call: atSidecar, here: { ServiceEntry: undefined } }), []);
    });

    it("lead to another place than the gateway", () => {
        const old = { hosts: [host], endpoints: [{ address: "172.30.0.12", ports: { http1: 30000 } }] };
        const here = { ServiceEntry: [{ metadata: meshs("istio-system", host), spec: old }] };
        assert.deepEqual(codesOf({ call: atSidecar, here }), ["import-stale"]);
        // Through an egress gateway they lead there.
        assert.deepEqual(codesOf({ call: { ...atSidecar, isThroughEgress: true }, here }), []);
    });
});

describe("somebody's WorkloadEntry", () => {
    const withEntry = (namespace: string, spec: object) =>
        codesOf({ there: { WorkloadEntry: [{ metadata: somebodys(namespace, "theirs"), spec }] } });
    const labels = { app: "httpbin" };

    it("joins the pods by their labels", () => {
        const spec = { address: "9.9.9.9", labels: { ...labels, "security.istio.io/tlsMode": "istio" } };
        assert.deepEqual(withEntry("bar", spec), ["workload-entry-joins"]);
        assert.deepEqual(withEntry("bar", { address: "9.9.9.9", labels, serviceAccount: "httpbin" }), [
            "workload-entry-joins",
        ]);
    });

    it("is no cause with other labels, in another namespace, or without mutual TLS, which a gateway leaves out", () => {
        const account = { serviceAccount: "httpbin" };
        assert.deepEqual(withEntry("bar", { address: "9.9.9.9", labels: { app: "other" }, ...account }), []);
        assert.deepEqual(withEntry("foo", { address: "9.9.9.9", labels, ...account }), []);
        assert.deepEqual(withEntry("bar", { address: "9.9.9.9", labels }), []);
    });
});

describe("a Sidecar resource", () => {
    const sidecar = (namespace: string, hosts: readonly string[], more: object = {}) => ({
        metadata: somebodys(namespace, "theirs"),
        spec: { egress: [{ hosts }], ...more },
    });
    const withSidecar = (...Sidecar: readonly ReturnType<typeof sidecar>[]) =>
        codesOf({ call: atSidecar, here: { Sidecar } });

    it("hides the host from the caller", () => {
        const hidden = ["host-hidden-by-sidecar-resource"];
        assert.deepEqual(withSidecar(sidecar("foo", ["./*"])), hidden);
        assert.deepEqual(withSidecar(sidecar("istio-system", ["./*.svc.cluster.local"])), hidden);
        assert.deepEqual(
            withSidecar(
                sidecar("foo", ["./*"], { workloadSelector: { labels: { app: "sleep" } } }),
                sidecar("foo", ["*/*"]),
            ),
            hidden,
        );
        assert.deepEqual(
            withSidecar(sidecar("foo", [], { egress: [{ port: { number: 9000 }, hosts: ["*/*"] }] })),
            hidden,
        );
    });

    it("keeps the host, or is for others", () => {
        for (const each of ["*/*", "istio-system/*", "*/*.bar.global", "istio-system/httpbin.bar.global"])
            assert.deepEqual(withSidecar(sidecar("foo", ["./*", each])), []);
        assert.deepEqual(withSidecar(sidecar("bar", ["./*"])), []);
        assert.deepEqual(
            withSidecar(sidecar("foo", ["./*"], { workloadSelector: { labels: { app: "other" } } })),
            [],
        );
        assert.deepEqual(withSidecar({ metadata: somebodys("foo", "x"), spec: { egress: [] } }), []);
    });
});

describe("somebody's VirtualService", () => {
    const service = (http: readonly HttpRoute[], more: VirtualServiceSpec = {}, namespace = "foo") => ({
        metadata: somebodys(namespace, "theirs"),
        spec: { hosts: [host], http, ...more },
    });
    const withService = (each: ReturnType<typeof service>, call = {}) =>
        codesOf({
            call: { endedAt: "workload", seen: "HTTP 404", ...call },
            here: { VirtualService: [each] },
        });
    const route = (destination: object) => [{ route: [{ destination }] }] as readonly HttpRoute[];
    const routed = ["host-routed-by-virtual-service"];

    it("sends the call elsewhere, fails it, or takes no such request", () => {
        assert.deepEqual(withService(service(route({ host: "other.bar.global" }))), routed);
        assert.deepEqual(withService(service(route({ host: "httpbin" }))), routed);
        assert.deepEqual(withService(service(route({ host, port: { number: 9000 } }))), routed);
        assert.deepEqual(withService(service(route({ host, subset: "v1" }))), routed);
        assert.deepEqual(
            withService(
                service([{ fault: { abort: { httpStatus: 503 } }, route: [{ destination: { host } }] }]),
            ),
            routed,
        );
        assert.deepEqual(withService(service([{ directResponse: { status: 404 } }])), routed);
        assert.deepEqual(
            withService(
                service([{ match: [{ uri: { prefix: "/v2/" } }], route: [{ destination: { host } }] }]),
            ),
            routed,
        );
        const timeout = [{ timeout: "1ms", route: [{ destination: { host } }] }];
        assert.deepEqual(
            withService(service(timeout), { seen: "HTTP 504: upstream request timeout" }),
            routed,
        );
        assert.deepEqual(withService(service(route({ host: "x" }), { hosts: ["*.global"] })), routed);
    });

    it("is no cause where it leads to the host, or is not the caller's", () => {
        assert.deepEqual(withService(service([{ timeout: "5s", route: [{ destination: { host } }] }])), []);
        const away = route({ host: "other.bar.global" });
        assert.deepEqual(withService(service(away, { hosts: ["other.bar.global"] })), []);
        assert.deepEqual(withService(service(away, { gateways: ["ingress"] })), []);
        assert.deepEqual(withService(service(away, { exportTo: ["."] }, "team")), []);
        assert.deepEqual(
            withService(
                service([
                    { match: [{ sourceNamespace: "team" }], directResponse: { status: 500 } },
                    ...route({ host }),
                ]),
            ),
            [],
        );
        assert.deepEqual(
            withService(
                service([
                    { match: [{ uri: { exact: "/admin" } }], directResponse: { status: 403 } },
                    ...route({ host }),
                ]),
            ),
            [],
        );
        // What can't be told decides nothing.
        assert.deepEqual(
            withService(
                service([
                    {
                        match: [{ headers: { "user-agent": { prefix: "x" } } }],
                        directResponse: { status: 500 },
                    },
                ]),
            ),
            [],
        );
        assert.deepEqual(
            withService(
                service([
                    {
                        fault: { abort: { httpStatus: 503, percentage: { value: 0 } } },
                        route: [{ destination: { host } }],
                    },
                ]),
            ),
            [],
        );
    });

    it("does not count beside an older or a more specific one", () => {
        const away = service(route({ host: "x" }), { hosts: ["*.global"] });
        const right = { metadata: somebodys("foo", "right"), spec: { hosts: [host], http: route({ host }) } };
        const call = { endedAt: "workload" } as const;
        assert.deepEqual(codesOf({ call, here: { VirtualService: [away, right] } }), []);
    });

    it("is never blamed where it is the mesh's own", () => {
        const mine = {
            metadata: meshs("istio-system", host),
            spec: { hosts: [host], http: route({ host, subset: "v1" }) },
        };
        assert.deepEqual(codesOf({ call: { endedAt: "workload" }, here: { VirtualService: [mine] } }), []);
    });
});

describe("an EnvoyFilter", () => {
    const filter = (namespace: string, match: object, more: object = {}) => ({
        metadata: somebodys(namespace, "theirs"),
        spec: { configPatches: [{ applyTo: "HTTP_FILTER", match }], ...more },
    });
    const atCaller = (each: ReturnType<typeof filter>) => codesOf({ here: { EnvoyFilter: [each] } });

    it("is named where nothing else is found and it reaches the call", () => {
        assert.deepEqual(atCaller(filter("foo", { context: "SIDECAR_OUTBOUND" })), ["envoy-filter"]);
        assert.deepEqual(atCaller(filter("istio-system", { context: "ANY", cluster: { service: host } })), [
            "envoy-filter",
        ]);
        assert.deepEqual(
            codesOf({
                there: {
                    EnvoyFilter: [
                        filter("bar", { context: "SIDECAR_INBOUND", listener: { portNumber: 8080 } }),
                    ],
                },
            }),
            ["envoy-filter"],
        );
        const there = {
            MutatingWebhookConfiguration: [],
            PeerAuthentication: [{ metadata: somebodys("bar", "off"), spec: { mtls: { mode: "DISABLE" } } }],
        };
        assert.deepEqual(codesOf({ here: { EnvoyFilter: [filter("foo", {})] }, there }), ["mutual-tls-off"]);
    });

    it("is silent about other ports, hosts, pods and sides", () => {
        assert.deepEqual(atCaller(filter("foo", { context: "SIDECAR_INBOUND" })), []);
        assert.deepEqual(
            atCaller(filter("foo", { context: "SIDECAR_OUTBOUND", listener: { portNumber: 9000 } })),
            [],
        );
        assert.deepEqual(atCaller(filter("foo", { cluster: { service: "other.bar.global" } })), []);
        assert.deepEqual(
            atCaller(filter("foo", { routeConfiguration: { vhost: { name: "other.bar.global:80" } } })),
            [],
        );
        assert.deepEqual(atCaller(filter("foo", {}, { workloadSelector: { labels: { app: "other" } } })), []);
        assert.deepEqual(atCaller(filter("bar", {})), []);
    });
});
