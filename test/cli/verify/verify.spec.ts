import * as assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { GatewayAddress } from "../../../lib/mesh/contract";
import { KubectlError } from "../../../kube/kubectl";
import { call, judgeConnection, judgeGrpc, judgeResponse, speaksHttp } from "../../../cli/verify/call";
import { gatewayPlaces, failed, passed, type Check, type Target } from "../../../cli/verify/check";
import { clusterDns } from "../../../cli/verify/clusterDns";
import { gateway, judgePlaces } from "../../../cli/verify/gateway";
import { globalDns } from "../../../cli/verify/globalDns";
import { parseNslookup } from "../../../cli/verify/nslookup";
import { reportOf, verifyExitCode, verifyText } from "../../../cli/verify/report";
import { verifyTarget } from "../../../cli/verify/run";
import { endpointsOf, judgeEndpoints, sidecar } from "../../../cli/verify/sidecar";
import { listTargets, parseProbe } from "../../../cli/verify/targets";
import { verifyHints } from "../../../cli/hints/verifyHints";
import { clusterOutputs, hint, httpbin, typed } from "../samples";

const probe = { namespace: "foo", deployment: "sleep", container: "sleep" };
const gatewayOfCluster2: GatewayAddress = { kind: "NodePort", addresses: ["172.30.0.12"], port: 31443 };
const command = typed("verify");
const kubeconfigOf = (cluster: string) => `.lab/${cluster}/kubeconfig`;
const placeIn = (cluster: string) => ({
    kubeconfig: kubeconfigOf(cluster),
    context: cluster,
    namespace: "istio-system",
});
const target: Target = {
    command,
    caller: placeIn("cluster1"),
    exporter: placeIn("cluster2"),
    cluster: "cluster1",
    host: "httpbin.bar.global",
    port: { name: "http1", number: 8000, protocol: "HTTP" },
    from: "cluster2",
    virtualAddress: "240.0.0.2",
    globalDnsAddress: "10.91.0.53",
    dnsAdapter: "coredns",
    gateways: [{ addresses: ["172.30.0.12"], port: 31443 }],
    probe,
    path: "/",
};
const bindAnswer =
    "Server:\t\t10.91.0.10\nAddress:\t10.91.0.10#53\n\nName:\thttpbin.bar.global\nAddress: 240.0.0.2\n";
const busyboxAnswer =
    "Server:\t\t10.91.0.10\nAddress:\t10.91.0.10:53\n\n\nName:\thttpbin.bar.global\nAddress: 240.0.0.2\n\n";
const oldBusyboxAnswer =
    "Server:    10.91.0.10\nAddress 1: 10.91.0.10 kube-dns.kube-system.svc.cluster.local\n\n" +
    "Name:      httpbin.bar.global\nAddress 1: 240.0.0.2\n";

describe("nslookup's answer", () => {
    it("is read from every implementation", () => {
        for (const answer of [bindAnswer, busyboxAnswer, oldBusyboxAnswer])
            assert.deepEqual(parseNslookup(answer), { kind: "addresses", addresses: ["240.0.0.2"] });
    });

    it("says why there is no address", () => {
        const reasonOf = (output: string) => parseNslookup(output);
        const none = (reason: string) => ({ kind: "none", reason });
        assert.deepEqual(
            reasonOf("Server:\t\t10.91.0.10\nAddress:\t10.91.0.10#53\n\n** server can't find x.: NXDOMAIN\n"),
            none("there is no such name (NXDOMAIN)"),
        );
        assert.deepEqual(
            reasonOf("** server can't find x.: SERVFAIL"),
            none("the server could not answer (SERVFAIL)"),
        );
        assert.deepEqual(
            reasonOf(";; connection timed out; no servers could be reached"),
            none("no answer in time"),
        );
        assert.deepEqual(reasonOf("sh: 1: nslookup: not found"), { kind: "missing" });
    });
});

describe("the DNS checks", () => {
    it("ask the pod's own server, and GlobalDns, for the absolute name", async () => {
        const asked: string[] = [];
        const exec = (container: string, command: readonly string[]) => {
            asked.push(`${container}: ${command.slice(4).join(" ")}`);
            return Promise.resolve(bindAnswer);
        };
        assert.deepEqual(await clusterDns.run(target, exec), passed("240.0.0.2"));
        assert.deepEqual(await globalDns.run(target, exec), passed("240.0.0.2"));
        assert.deepEqual(asked, ["sleep: httpbin.bar.global.", "sleep: httpbin.bar.global. 10.91.0.53"]);
    });

    const wrong = bindAnswer.replace("240.0.0.2", "1.2.3.4");
    const detail = "httpbin.bar.global resolves to 1.2.3.4 instead of 240.0.0.2";

    it("fail on another address", async () => {
        const exec = (_: string, command: readonly string[]) =>
            Promise.resolve(command.includes("10.91.0.53") ? bindAnswer : wrong);
        assert.deepEqual(await clusterDns.run(target, exec), failed(detail, verifyHints.clusterDns(target)));
    });

    it("say whose part it is to forward the suffixes, where that is not the program's", async () => {
        const exec = (_: string, command: readonly string[]) =>
            Promise.resolve(command.includes("10.91.0.53") ? bindAnswer : wrong);
        assert.deepEqual(
            await clusterDns.run({ ...target, dnsAdapter: "none" }, exec),
            failed(detail, verifyHints.ownDns(target)),
        );
    });

    it("ask no GlobalDns where the sidecars resolve", async () => {
        const { command, caller, cluster, host, port, from, virtualAddress, probe, path } = target;
        const sidecars = {
            command,
            caller,
            cluster,
            host,
            port,
            from,
            virtualAddress,
            probe,
            path,
            dnsAdapter: "sidecar",
        } as const;
        const answers = () => Promise.resolve(bindAnswer);
        assert.deepEqual(await clusterDns.run(sidecars, answers), passed("240.0.0.2"));
        assert.deepEqual(await globalDns.run(sidecars, answers), {
            status: "skipped",
            detail: "the sidecars resolve the mesh's names",
        });
        assert.deepEqual(
            await clusterDns.run(sidecars, () => Promise.resolve(wrong)),
            failed(detail, verifyHints.sidecarDns(target)),
        );
    });

    it("blame GlobalDns where that has no better answer", async () => {
        assert.deepEqual(
            await clusterDns.run(target, () => Promise.resolve(wrong)),
            failed(detail, verifyHints.globalDnsBehind(verifyHints.globalDns(target))),
        );
    });
});

describe("the sidecar check", () => {
    const name = "outbound|8000||httpbin.bar.global";
    const page = [
        `${name}::observability_name::${name}`,
        `${name}::default_priority::max_connections::4294967295`,
        `${name}::172.30.0.12:31443::cx_active::1`,
        `${name}::172.30.0.12:31443::health_flags::healthy`,
        `${name}::[fd00::1]:31443::health_flags::/failed_outlier_check`,
        "outbound|8000||other.bar.global::9.9.9.9:1::health_flags::healthy",
    ].join("\n");

    it("reads Envoy's endpoints and their health", () => {
        assert.deepEqual(endpointsOf(page, "httpbin.bar.global", 8000), [
            { address: "172.30.0.12:31443", healthy: true },
            { address: "[fd00::1]:31443", healthy: false },
        ]);
        assert.equal(endpointsOf(page, "httpbin.bar.global", 9000), undefined);
        assert.deepEqual(endpointsOf(`${name}::observability_name::x`, "httpbin.bar.global", 8000), []);
    });

    it("passes when the endpoint is the exporting cluster's gateway", () => {
        assert.deepEqual(
            judgeEndpoints(target, [{ address: "172.30.0.12:31443", healthy: true }]),
            passed("172.30.0.12:31443"),
        );
    });

    it("names the old address and the present one", () => {
        assert.deepEqual(
            judgeEndpoints(target, [{ address: "172.30.0.12:30000", healthy: true }]),
            failed(
                "the sidecar sends httpbin.bar.global to 172.30.0.12:30000, but cluster2's gateway is 172.30.0.12:31443",
                verifyHints.oldAddress(target),
            ),
        );
    });

    it("accepts any endpoint of a gateway that goes by a host name", () => {
        const byName = {
            ...target,
            gateways: [{ addresses: ["x.example.com"], port: 15443 }],
        };
        assert.deepEqual(
            judgeEndpoints(byName, [{ address: "1.2.3.4:15443", healthy: true }]),
            passed("1.2.3.4:15443"),
        );
    });

    it("fails for an unknown host, no endpoint, and unhealthy endpoints", () => {
        const details = [undefined, [], [{ address: "172.30.0.12:31443", healthy: false }]].map(
            (endpoints) => judgeEndpoints(target, endpoints).detail,
        );
        assert.deepEqual(details, [
            "the sidecar does not know httpbin.bar.global:8000",
            "the sidecar has no endpoint for httpbin.bar.global",
            "every endpoint of httpbin.bar.global counts as unhealthy: 172.30.0.12:31443",
        ]);
    });

    it("says that a probe has no sidecar", async () => {
        const error = new KubectlError(
            "BadRequest",
            "Error: container istio-proxy is not valid for pod sleep",
            {
                kubeconfig: "k",
                context: "c",
            },
        );
        const result = await sidecar.run(target, () => Promise.reject(error));
        assert.equal(result.detail, 'the probe has no container "istio-proxy"');
    });
});

describe("the gateway check", () => {
    it("tries every address from the sidecar's container", async () => {
        const seen: string[] = [];
        const result = await gateway.run(target, (container, command) => {
            seen.push(container, ...command.slice(4));
            return Promise.resolve("172.30.0.12:31443 open\n");
        });
        assert.deepEqual(seen, ["istio-proxy", "172.30.0.12:31443"]);
        assert.deepEqual(result, passed("172.30.0.12:31443"));
    });

    it("passes when one address answers, and names the others", () => {
        assert.deepEqual(judgePlaces(target, "a:1 closed\nb:1 open\n"), passed("b:1; no answer from a:1"));
    });

    it("fails when none does, and is skipped when it can't tell", () => {
        assert.equal(judgePlaces(target, "a:1 closed\n").detail, "no TCP connection from cluster1 to a:1");
        assert.equal(judgePlaces(target, "a:1 unknown\n").status, "skipped");
    });

    it("names the gateway that is at fault", () => {
        assert.equal(
            judgePlaces(target, "a:1 closed\n").hint?.text,
            "See whether cluster2's gateway runs (kubectl --kubeconfig .lab/cluster2/kubeconfig --context cluster2 " +
                "get pods -n istio-system) and whether a firewall between the clusters lets the port through.",
        );
        assert.equal(
            judgePlaces({ ...target, egress: true }, "a:1 closed\n").hint?.text,
            "See whether cluster1's egress gateway runs (kubectl --kubeconfig .lab/cluster1/kubeconfig --context " +
                "cluster1 get pods -A -l istio=egressgateway) and whether a NetworkPolicy lets pods reach it.",
        );
    });

    it("is not on the way to a cluster's own export", async () => {
        const result = await gateway.run({ ...target, gateways: undefined }, () =>
            Promise.reject(new Error("not called")),
        );
        assert.deepEqual(result, { status: "skipped", detail: "not on the way" });
    });
});

describe("the call", () => {
    it("passes on 2xx and 3xx", () => {
        assert.deepEqual(
            judgeResponse(target, "HTTP/1.1 200 OK\r\nserver: envoy\r\n\r\nhello"),
            passed("HTTP 200"),
        );
        assert.deepEqual(judgeResponse(target, "HTTP/2 302 \r\nlocation: /\r\n\r\n"), passed("HTTP 302"));
    });

    const hintOf = (status: string, body: string, header = "") =>
        judgeResponse(target, `HTTP/1.1 ${status}\r\n${header}\r\n\r\n${body}`).hint?.text ?? "";

    it("tells apart what Envoy's error answers mean", () => {
        const reset = "upstream connect error or disconnect/reset before headers. ";
        assert.match(
            hintOf("503 Service Unavailable", `${reset}TLS_error:|CERTIFICATE_VERIFY_FAILED:TLS_error_end`),
            /^The two ends do not trust each other\./,
        );
        for (const alert of ["SSLV3_ALERT_CERTIFICATE_UNKNOWN", "TLSV1_ALERT_UNKNOWN_CA"]) {
            assert.match(
                hintOf(
                    "503 Service Unavailable",
                    `${reset}TLS_error:|SSL routines:OPENSSL_internal:${alert}:TLS_error_end`,
                ),
                /^The workload refuses the caller's certificate\. .* mesh\.acceptedTrustDomains in Pulumi\.cluster2\.yaml/,
            );
        }
        assert.match(
            hintOf("503 Service Unavailable", "no healthy upstream"),
            /^A proxy on the way has no endpoint left\./,
        );
        assert.match(
            hintOf("503 Service Unavailable", `${reset}reset reason: connection termination`),
            /^cluster2's gateway dropped the connection: it has no chain .* outbound_\.8000_\._\.httpbin\.bar\.global/,
        );
        assert.match(
            hintOf(
                "503 Service Unavailable",
                `${reset}retried and the latest reset reason: remote connection failure`,
            ),
            /one end refuses the other's certificate: .* service account that cluster2 exports/,
        );
        assert.match(
            hintOf("503 Service Unavailable", `${reset}delayed connect error: 111`),
            /refuses the connection/,
        );
        assert.match(
            hintOf("403 Forbidden", "RBAC: access denied"),
            /^An AuthorizationPolicy in cluster2 refuses this caller\. See allowedFrom of the export in Pulumi\.cluster2\.yaml/,
        );
        assert.match(
            hintOf("404 Not Found", "", "x-envoy-upstream-service-time: 3"),
            /^The workload itself answered, so the way is right\./,
        );
        assert.match(hintOf("404 Not Found", ""), /^A proxy has no route for it\./);
    });

    it("gives curl's own error when there is no answer", () => {
        assert.deepEqual(
            judgeResponse(target, "curl: (28) Operation timed out after 10001 milliseconds"),
            failed(
                "no HTTP answer: curl: (28) Operation timed out after 10001 milliseconds",
                verifyHints.firewall(target),
            ),
        );
    });

    it("sees from a TCP connection's length whether it arrived", () => {
        assert.deepEqual(
            judgeConnection(target, "curl: (28) Operation timed out\n0 exit 28\n"),
            passed("TCP open"),
        );
        assert.deepEqual(judgeConnection(target, "220 exit 0\n"), passed("TCP open"));
        assert.equal(judgeConnection(target, "0 exit 0\n").detail, "TCP closed at once");
        assert.equal(
            judgeConnection(target, "curl: (7) refused\n0 exit 7\n").detail,
            "TCP closed: curl: (7) refused",
        );
    });

    it("takes as an answer of gRPC what the server itself says in gRPC's words", () => {
        const grpc = { ...target, port: { name: "grpc", number: 8000, protocol: "GRPC" } };
        const said = (lines: readonly string[]) =>
            judgeGrpc(grpc, ["HTTP/2 200 ", ...lines, "", ""].join("\r\n"));
        const server = "x-envoy-upstream-service-time: 3";
        assert.deepEqual(said(["grpc-status: 12", server]), passed("gRPC status 12"));
        assert.deepEqual(said(["grpc-status: 0", server]), passed("gRPC status 0"));
        assert.equal(said(["grpc-status: 12"]).status, "failed");
        assert.deepEqual(said([server]), {
            ...failed("HTTP 200, and no gRPC answer", verifyHints.noGrpc(grpc)),
            isAnswered: true,
        });
        const { status, detail } = judgeGrpc(grpc, `HTTP/2 415 \r\n${server}\r\n\r\n`);
        assert.deepEqual([status, detail], ["failed", "HTTP 415, and no gRPC answer"]);
        const refused = said(["grpc-status: 7", "grpc-message: RBAC: access denied", server]);
        assert.deepEqual([refused.status, refused.detail], ["failed", "gRPC status 7: RBAC: access denied"]);
        const gone = said(["grpc-status: 14", "grpc-message: no%20healthy upstream"]);
        assert.deepEqual([gone.status, gone.detail], ["failed", "gRPC status 14: no healthy upstream"]);
        assert.equal(judgeGrpc(grpc, "curl: (7) Failed to connect").status, "failed");
    });

    it("uses HTTP for HTTP ports only", async () => {
        assert.deepEqual(["HTTP", "HTTP2", "GRPC", "TCP", "TLS", "HTTPS", "MONGO"].map(speaksHttp), [
            true,
            true,
            true,
            false,
            false,
            false,
            false,
        ]);
        const urls: (string | undefined)[] = [];
        await call.run({ ...target, path: "/headers" }, (_, command) => {
            urls.push(command.at(-1));
            return Promise.resolve("HTTP/1.1 200 OK\r\n\r\n");
        });
        assert.deepEqual(urls, ["http://httpbin.bar.global:8000/headers"]);
    });
});

describe("the targets", () => {
    const active = {
        host: httpbin.host,
        from: ["cluster2"],
        ports: httpbin.ports,
        virtualAddress: "240.0.0.2",
    };
    const exporter = clusterOutputs("cluster2", {
        exports: [httpbin],
        gateway: gatewayOfCluster2,
    });

    it("are every port of every import, with the exporter's gateway", () => {
        const clusters = new Map([
            ["cluster1", clusterOutputs("cluster1", { imports: [active], probe })],
            ["cluster2", exporter],
        ]);
        assert.deepEqual(listTargets(clusters, { command, path: "/" }, kubeconfigOf), {
            targets: [target],
            unreachable: [],
        });
    });

    it("have the gateways of every exporter, and are no export of their own besides", () => {
        const other = { ...gatewayOfCluster2, addresses: ["172.30.0.13"] };
        const several = { ...active, from: ["cluster2", "cluster3"] };
        const clusters = new Map([
            ["cluster1", clusterOutputs("cluster1", { imports: [several], exports: [httpbin], probe })],
            ["cluster2", exporter],
            ["cluster3", clusterOutputs("cluster3", { exports: [httpbin], gateway: other })],
        ]);
        const gateways = [gatewayOfCluster2, other].map(({ addresses, port }) => ({ addresses, port }));
        const expected = { ...target, from: "cluster2,cluster3", gateways };
        assert.deepEqual(listTargets(clusters, { command, path: "/" }, kubeconfigOf), {
            targets: [expected],
            unreachable: [],
        });
        assert.deepEqual(gatewayPlaces(expected), ["172.30.0.12:31443", "172.30.0.13:31443"]);
        const own = { address: "10.241.0.7:8080", healthy: true };
        const remote = { address: "172.30.0.13:31443", healthy: true };
        assert.deepEqual(
            judgeEndpoints(expected, [own, remote]),
            passed("10.241.0.7:8080, 172.30.0.13:31443"),
        );
    });

    it("have the importer's own egress gateway, where a call leaves through it", () => {
        const egress = { address: "istio-egressgateway.istio-egress.svc.cluster.local", port: 15443 };
        const clusters = new Map([
            ["cluster1", clusterOutputs("cluster1", { imports: [{ ...active, egress }], probe })],
            ["cluster2", exporter],
        ]);
        const gateways = [{ addresses: [egress.address], port: 15443 }];
        assert.deepEqual(listTargets(clusters, { command, path: "/" }, kubeconfigOf), {
            targets: [{ ...target, gateways, egress: true }],
            unreachable: [],
        });
    });

    it("are also the exports of a cluster that has a probe", () => {
        const { targets } = listTargets(
            new Map([["cluster2", { ...exporter, probe }]]),
            {
                command,
                path: "/",
            },
            kubeconfigOf,
        );
        assert.deepEqual(targets, [
            {
                command,
                caller: placeIn("cluster2"),
                exporter: placeIn("cluster2"),
                cluster: "cluster2",
                host: httpbin.host,
                port: httpbin.ports[0],
                from: "cluster2",
                virtualAddress: "240.0.0.2",
                globalDnsAddress: "10.91.0.53",
                dnsAdapter: "coredns",
                probe,
                path: "/",
            },
        ]);
    });

    it("leave out what can't be tried, and say why", () => {
        const waiting = { host: "x.y.global", from: "cluster3", reason: "cluster3 is not up yet" };
        const clusters = new Map([
            ["cluster1", clusterOutputs("cluster1", { imports: [active], pendingImports: [waiting] })],
            ["cluster3", undefined],
        ]);
        assert.deepEqual(listTargets(clusters, { command, path: "/" }, kubeconfigOf), {
            targets: [],
            unreachable: [
                {
                    cluster: "cluster1",
                    host: httpbin.host,
                    from: "cluster2",
                    detail: "cluster1 names no pod to call from",
                    hint: verifyHints.noProbe(),
                    call: {
                        ...{ cluster: "cluster1", host: httpbin.host, from: "cluster2", path: "/" },
                        ...{ virtualAddress: httpbin.virtualAddress, port: httpbin.ports[0] },
                    },
                },
                {
                    cluster: "cluster1",
                    host: "x.y.global",
                    from: "cluster3",
                    detail: "cluster3 is not up yet",
                    hint: verifyHints.pending(command),
                },
            ],
        });
    });

    it("take the probe that the user names", () => {
        assert.deepEqual(parseProbe("foo/sleep"), probe);
        assert.deepEqual(parseProbe("a/b/c"), { namespace: "a", deployment: "b", container: "c" });
        assert.throws(() => parseProbe("foo"), { message: '"foo" does not name a pod to call from.' });
    });
});

describe("a verification", () => {
    const layer = (name: string, ...results: ReturnType<typeof passed>[]): Check => ({
        name,
        run: () =>
            Promise.resolve(
                results.length > 1 ? (results.shift() ?? passed("")) : (results[0] ?? passed("")),
            ),
    });
    const exec = () => Promise.resolve("");

    it("tries a failing layer again until the time is up, and none after it", async () => {
        const layers = [
            layer("cluster DNS", failed("not yet", hint("")), passed("240.0.0.2")),
            layer("gateway", failed("closed", hint("Open it."))),
            layer("call", passed("HTTP 200")),
        ];
        assert.deepEqual(await verifyTarget(target, exec, { timeoutMs: 40, pauseMs: 5 }, layers), [
            { name: "cluster DNS", status: "passed", detail: "240.0.0.2" },
            { name: "gateway", status: "failed", detail: "closed", hint: hint("Open it.") },
            { name: "call", status: "not tried", detail: "" },
        ]);
    });

    const kubectlError = (reason: string, detail: string) =>
        new KubectlError(reason, detail, { kubeconfig: "k", context: "c" });
    /** How often a check that fails in this way is tried. */
    const triesOf = async (error: KubectlError) => {
        let tries = 0;
        const layers: Check[] = [{ name: "call", run: (_, run) => run("sleep", []).then(passed) }];
        const patience = { timeoutMs: 60, pauseMs: 5 };
        const fails = () => {
            tries++;
            return Promise.reject(error);
        };
        const [report] = await verifyTarget(target, fails, patience, layers);
        assert.equal(report?.status, "failed");
        return tries;
    };

    it("ends at once at what waiting can't heal", async () => {
        for (const [reason, detail] of [
            ["Forbidden", 'pods "sleep-1" is forbidden: User "x" cannot create resource "pods/exec"'],
            ["NotFound", 'deployments.apps "sleep" not found'],
            ["NotFound", 'namespaces "foo" not found'],
            ["BadRequest", "container sleep is not valid for pod sleep-1"],
            ["", "error: You must be logged in to the server (Unauthorized)"],
            ["", 'error: context "c" does not exist'],
            ["", "kubectl is not on PATH; install it, then run this again"],
        ] as const)
            assert.equal(await triesOf(kubectlError(reason, detail)), 1, detail);
    });

    it("tries again what comes with time", async () => {
        for (const [reason, detail] of [
            ["NotFound", 'pods "sleep-1" not found'],
            ["", 'error: unable to upgrade connection: container not found ("sleep")'],
            ["", "no answer within 20 seconds"],
        ] as const)
            assert.ok((await triesOf(kubectlError(reason, detail))) > 1, detail);
    });

    it("ends with one line for each target, and the hint of the layer that failed", () => {
        const place = { cluster: "cluster1", host: target.host, from: "cluster2", port: 8000 };
        const good = reportOf(place, [{ name: "call", ...passed("HTTP 200") }]);
        const bad = reportOf({ ...place, port: 9000 }, [
            { name: "gateway", ...failed("closed", hint("Open it.")) },
            { name: "call", status: "not tried", detail: "" },
        ]);
        assert.equal(
            stripVTControlCharacters(verifyText([good, bad])),
            [
                "httpbin.bar.global:9000 from cluster1: not reached, gateway failed (gateway: closed)",
                "Next: Open it.",
                "",
                "from      to                       layer    result     seen",
                "cluster1  httpbin.bar.global:8000  call     ok         HTTP 200",
                "cluster1  httpbin.bar.global:9000  gateway  FAILED     closed",
                "                                   call     not tried",
                "",
                "httpbin.bar.global:8000 from cluster1: HTTP 200",
                "httpbin.bar.global:9000 from cluster1: not reached, gateway failed",
            ].join("\n"),
        );
        assert.equal(verifyExitCode([good]), 0);
        assert.equal(verifyExitCode([good, bad]), 1);
        assert.equal(verifyExitCode([]), 2);
    });

    it("names the owner of an import in the table, and not in the last line", () => {
        const place = { cluster: "cluster1", host: target.host, from: "cluster2", port: 8000, owner: "web" };
        const report = reportOf(place, [{ name: "call", ...passed("HTTP 200") }]);
        assert.equal(report.owner, "web");
        assert.deepEqual(
            stripVTControlCharacters(verifyText([report]))
                .split("\n")
                .slice(1),
            [
                "cluster1  httpbin.bar.global:8000 (owner web)  call   ok      HTTP 200",
                "",
                "httpbin.bar.global:8000 from cluster1: HTTP 200",
            ],
        );
    });

    it("shows the code of a call that failed", () => {
        const place = { cluster: "cluster1", host: target.host, from: "cluster2", port: 8000 };
        const { line } = reportOf(place, [
            { name: "call", ...failed("HTTP 503: no healthy upstream", hint("")) },
        ]);
        assert.equal(line, "httpbin.bar.global:8000 from cluster1: HTTP 503");
    });
});
