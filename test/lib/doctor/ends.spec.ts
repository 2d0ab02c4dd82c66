import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readListening } from "../../../lib/doctor/serverFacts";
import type { ServerFacts } from "../../../lib/doctor/evidence";
import { callerLists, codesOf, deployment, findingsOf, meshs, pod, serverLists } from "../../support/doctor";
import { makeCertificate } from "../../support/certificates";

describe("a gateway", () => {
    const call = { endedAt: "gateway" } as const;
    const without = (name: string) =>
        serverLists().Deployment.filter(({ metadata }) => metadata.name !== name);
    const gatewayPod = (isReady: boolean) =>
        pod("istio-system", "istio-eastwestgateway", { isReady, labels: { istio: "eastwestgateway" } });
    const ofOthers = serverLists().Pod.filter(({ metadata }) => metadata.namespace !== "istio-system");

    it("is gone or not ready", () => {
        assert.deepEqual(codesOf({ call, there: { Deployment: without("istio-eastwestgateway") } }), [
            "gateway-gone",
        ]);
        assert.deepEqual(codesOf({ call, there: { Pod: [...ofOthers, gatewayPod(false)] } }), [
            "gateway-not-ready",
        ]);
        assert.deepEqual(
            codesOf({ call, there: { Pod: [...ofOthers, gatewayPod(false), gatewayPod(true)] } }),
            [],
        );
    });

    it("is no cause of a call that has come past it, nor of a call in its own cluster", () => {
        const there = { Pod: [...ofOthers, gatewayPod(false)] };
        assert.deepEqual(codesOf({ call: { endedAt: "passage" }, there }), []);
    });

    const service = (
        type: string,
        nodePort: number | undefined,
        selector = { istio: "eastwestgateway", app: "istio-eastwestgateway" },
    ) => ({
        Service: [
            {
                metadata: meshs("istio-system", "istio-eastwestgateway"),
                spec: {
                    type,
                    selector,
                    ports: [{ name: "tls", port: 15443, ...(nodePort && { nodePort }) }],
                },
            },
        ],
    });

    it("is not where the others look for it", () => {
        assert.deepEqual(codesOf({ call, there: service("NodePort", 30000) }), ["gateway-moved"]);
        assert.deepEqual(codesOf({ call, there: service("ClusterIP", undefined) }), ["gateway-moved"]);
        assert.deepEqual(codesOf({ call, there: { Service: [] } }), ["gateway-moved"]);
        assert.deepEqual(codesOf({ call, there: service("NodePort", 31443, { istio: "x", app: "x" }) }), [
            "gateway-moved",
        ]);
        assert.deepEqual(codesOf({ call, there: service("NodePort", 31443) }), []);
    });

    it("has no object that names the host", () => {
        const [own] = serverLists().Gateway;
        const naming = (hosts: readonly string[]) => ({
            Gateway: [
                {
                    metadata: meshs("istio-system", "x"),
                    spec: { ...own?.spec, servers: [{ hosts, tls: { mode: "AUTO_PASSTHROUGH" } }] },
                },
            ],
        });
        assert.deepEqual(codesOf({ there: naming(["other.bar.global"]) }), ["gateway-without-host"]);
        assert.deepEqual(codesOf({ there: { Gateway: [] } }), ["gateway-without-host"]);
        assert.deepEqual(codesOf({ there: naming(["*.global"]) }), []);
    });
});

describe("istiod", () => {
    it("is named where nothing else is found", () => {
        const Deployment = [
            ...serverLists().Deployment.filter(({ metadata }) => metadata.name !== "istiod"),
            deployment("istio-system", "istiod", 0),
        ];
        assert.deepEqual(codesOf({ there: { Deployment } }), ["istiod-down"]);
        assert.deepEqual(codesOf({ there: { Deployment, Gateway: [] } }), ["gateway-without-host"]);
        assert.deepEqual(codesOf({ there: { Deployment: undefined } }), []);
    });
});

describe("a name that does not resolve", () => {
    const call = { endedAt: "name" } as const;
    const with_ = (name: string, ready: number) => ({
        Deployment: [
            ...callerLists().Deployment.filter(({ metadata }) => metadata.name !== name),
            deployment(name === "coredns" ? "kube-system" : "istio-system", name, ready),
        ],
    });

    it("is for want of a server", () => {
        assert.deepEqual(codesOf({ call, here: with_("coredns", 0) }), ["dns-not-running"]);
        assert.deepEqual(codesOf({ call, here: with_("global-dns", 0) }), ["globaldns-not-running"]);
        assert.deepEqual(
            codesOf({
                call,
                here: {
                    Deployment: callerLists().Deployment.filter(
                        ({ metadata }) => metadata.name !== "global-dns",
                    ),
                },
            }),
            ["globaldns-not-running"],
        );
        assert.deepEqual(codesOf({ call, here: { Service: [] } }), ["globaldns-not-running"]);
        assert.deepEqual(codesOf({ call, here: with_("coredns", 1) }), []);
    });

    it("is not handed on", () => {
        const map = (Corefile: string) => ({
            ConfigMap: [{ metadata: { namespace: "kube-system", name: "coredns" }, data: { Corefile } }],
        });
        const old = callerLists().ConfigMap[0]?.data?.["Corefile"] ?? "";
        assert.deepEqual(codesOf({ call, here: map(".:53 {\n    errors\n}\n") }), ["dns-not-forwarding"]);
        assert.deepEqual(codesOf({ call, here: map(old.replace("10.91.0.53", "10.91.0.99")) }), [
            "dns-not-forwarding",
        ]);
        assert.deepEqual(codesOf({ call, here: map(`# somebody's\n${old}`) }), []);
        // The exporter's own DNS has no part in it.
        assert.deepEqual(codesOf({ call, there: map("") }), []);
    });
});

describe("the application", () => {
    const withFacts = (facts: ServerFacts, call = {}) =>
        codesOf({
            call: { endedAt: "workload", seen: "HTTP 503", ...call },
            more: { there: { servers: { "bar/httpbin-abc-1": facts } } },
        });
    const answers = (http: number | undefined, grpc: boolean) => ({
        8080: { ...(http !== undefined && { http }), grpc },
    });

    it("listens nowhere, on another port, or on loopback", () => {
        assert.deepEqual(withFacts({ listening: ["[::]:15021", "[::]:9090"], answers: {} }), [
            "nothing-listens",
        ]);
        assert.deepEqual(withFacts({ listening: ["127.0.0.1:8080", "0.0.0.0:15006"], answers: {} }), [
            "listens-on-loopback",
        ]);
        for (const place of ["[::]:8080", "0.0.0.0:8080", "10.0.0.9:8080"])
            assert.deepEqual(withFacts({ listening: ["127.0.0.1:8080", place], answers: {} }), []);
        assert.deepEqual(withFacts({ answers: {} }), []);
    });

    const grpc = { port: { name: "grpc", number: 8000, protocol: "GRPC" } };

    it("speaks another protocol than the export says", () => {
        const listening = ["[::]:8080"];
        assert.deepEqual(
            withFacts(
                { listening, answers: answers(200, false) },
                { ...grpc, seen: "HTTP 405, and no gRPC answer" },
            ),
            ["protocol-misnamed"],
        );
        assert.deepEqual(withFacts({ listening, answers: answers(undefined, true) }), ["protocol-misnamed"]);
        assert.deepEqual(withFacts({ listening, answers: answers(undefined, true) }, grpc), []);
        // One that speaks both.
        assert.deepEqual(withFacts({ listening, answers: answers(404, true) }, { seen: "HTTP 500" }), []);
        assert.deepEqual(withFacts({ listening, answers: answers(undefined, false) }), []);
    });

    it("answers so itself", () => {
        assert.deepEqual(withFacts({ answers: answers(503, false) }), ["application-answers"]);
        assert.deepEqual(withFacts({ answers: answers(200, false) }), []);
        assert.deepEqual(withFacts({ answers: answers(503, false) }, { endedAt: "passage" }), []);
    });

    it("listens where the kernel's tables say", () => {
        const tables = [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "   1: 0900000A:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0",
            "  sl  local_address                         remote_address                        st tx_queue rx_queue",
            "   0: 00000000000000000000000000000000:3A9D 00000000000000000000000000000000:0000 0A 0 0 0 0 0 0 0",
            "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0 0 0 0 0 0 0",
            "   2: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 0 0 0 0 0 0 0",
        ].join("\n");
        assert.deepEqual(readListening(tables), [
            "127.0.0.1:8080",
            "[::]:15005",
            "[::1]:80",
            "[::ffff:127.0.0.1]:81",
        ]);
        assert.equal(readListening(""), undefined);
    });
});

describe("identities", () => {
    it("are those of another service account", () => {
        const others = serverLists().Pod.filter(({ metadata }) => metadata.namespace !== "bar");
        const strange = pod("bar", "httpbin", { spec: { serviceAccountName: "default" } });
        assert.deepEqual(codesOf({ there: { Pod: [...others, strange] } }), ["other-service-account"]);
        const exporters = [
            {
                cluster: "cluster2",
                namespace: "bar",
                identities: ["spiffe://cluster.local/ns/bar/sa/default"],
            },
        ];
        assert.deepEqual(codesOf({ call: { exporters }, there: { Pod: [...others, strange] } }), []);
    });

    const proxy = (name: string, trusted: readonly string[], chain: readonly X509Certificate[] = []) => ({
        pod: name,
        trusted,
        chain,
    });

    it("have no root in common, or are over", () => {
        const at = (caller: ReturnType<typeof proxy>, server: ReturnType<typeof proxy>) =>
            codesOf({ more: { here: { proxies: [caller] }, there: { proxies: [server] } } });
        const caller = (trusted: readonly string[]) => proxy("foo/sleep-abc-1", trusted);
        const server = (trusted: readonly string[], chain: readonly X509Certificate[] = []) =>
            proxy("bar/httpbin-abc-1", trusted, chain);
        assert.deepEqual(at(caller(["ab"]), server(["cd"])), ["other-root"]);
        assert.deepEqual(at(caller(["ab", "cd"]), server(["cd"])), []);
        assert.deepEqual(at(caller([]), server(["cd"])), []);
        const tenDays = [new X509Certificate(makeCertificate().certPem)];
        assert.deepEqual(at(caller(["ab"]), server(["ab"], tenDays)), []);
        const later = { at: Date.now() + 11 * 86_400_000 };
        const more = { here: { proxies: [caller(["ab"])] }, there: { proxies: [server(["ab"], tenDays)] } };
        assert.deepEqual(codesOf({ call: later, more }), ["certificate-expired"]);
    });
});

describe("two faults at once", () => {
    it("are both named, that of the hop that the call ended at on top", () => {
        const PeerAuthentication = [
            { metadata: { namespace: "bar", name: "off" }, spec: { mtls: { mode: "DISABLE" } } },
        ];
        const call = { endedAt: "sidecar" } as const;
        assert.deepEqual(codesOf({ call, here: { ServiceEntry: [] }, there: { PeerAuthentication } }), [
            "import-missing",
            "mutual-tls-off",
        ]);
        const AuthorizationPolicy = [{ metadata: { namespace: "bar", name: "nobody" }, spec: {} }];
        assert.deepEqual(codesOf({ there: { PeerAuthentication, AuthorizationPolicy } }), [
            "mutual-tls-off",
            "policy-denies",
        ]);
        assert.deepEqual(
            findingsOf({
                call: { endedAt: "workload" },
                there: { PeerAuthentication, AuthorizationPolicy },
            }).map(({ code }) => code),
            ["policy-denies"],
        );
    });
});
