import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { failed, passed, type Target, untried } from "../../../cli/verify/check";
import { failedCall } from "../../../cli/verify/failedCall";
import { reportOf, verifyText } from "../../../cli/verify/report";
import { sharedExec } from "../../../cli/verify/sharedExec";
import { verifyMesh } from "../../../cli/verify/verify";
import { clusterOutputs, hint, httpbin, typed } from "../samples";
import { printed } from "../../support/printedReports";
import { silentCluster } from "../../support/silentCluster";
import { StandInKubectl } from "../../support/standInKubectl";

const place = { kubeconfig: "k", context: "c", namespace: "istio-system" };
const target: Target = {
    command: typed("verify"),
    caller: place,
    exporter: place,
    cluster: "cluster1",
    host: httpbin.host,
    port: { name: "http1", number: 8000, protocol: "HTTP" },
    from: "cluster2",
    virtualAddress: "240.0.0.2",
    dnsAdapter: "coredns",
    probe: { namespace: "foo", deployment: "sleep", container: "sleep" },
    path: "/",
};
const clusters = new Map([
    ["cluster1", clusterOutputs("cluster1")],
    ["cluster2", clusterOutputs("cluster2", { exports: [httpbin] })],
]);

describe("a call that was tried", () => {
    const endOf = (name: string, result: ReturnType<typeof passed>) =>
        failedCall({ target, checks: [{ name, ...result }] }, clusters)?.endedAt;
    const bad = failed("closed", hint(""));

    it("ended at the hop of the layer that failed", () => {
        assert.equal(endOf("cluster DNS", bad), "name");
        assert.equal(endOf("sidecar", bad), "sidecar");
        assert.equal(endOf("gateway", bad), "gateway");
        assert.equal(endOf("call", bad), "passage");
        assert.equal(endOf("call", { ...bad, isAnswered: true }), "workload");
        assert.equal(endOf("call", failed("no HTTP answer: curl: (6) Could not resolve", hint(""))), "name");
    });

    it("is nothing to look at where it passed", () => {
        assert.equal(endOf("call", passed("HTTP 200")), undefined);
    });

    it("is looked at from outside where it could not be made, and only then", () => {
        const none = { name: "cluster DNS", ...untried("no shell", hint("")) };
        const call = (...more: { name: string; status: "failed"; detail: string }[]) =>
            failedCall({ target, checks: [none, ...more] }, clusters);
        assert.deepEqual([call()?.isFromOutside, call()?.seen], [true, ""]);
        const known = call({ name: "sidecar", status: "failed", detail: "unknown host" });
        assert.deepEqual([known?.isFromOutside, known?.endedAt], [undefined, "sidecar"]);
    });

    it("is to be answered by those who export the host, the caller's own cluster among them", () => {
        const exportersOf = (from: string, cluster = "cluster1") =>
            failedCall({ target: { ...target, from, cluster }, checks: [{ name: "call", ...bad }] }, clusters)
                ?.exporters;
        const expected = [{ cluster: "cluster2", namespace: "bar", identities: httpbin.identities }];
        assert.deepEqual(exportersOf("cluster2"), expected);
        assert.deepEqual(exportersOf("cluster2,cluster3"), expected);
        assert.deepEqual(exportersOf("cluster2", "cluster2"), expected);
    });
});

describe("the text about a call that failed", () => {
    const checks = [{ name: "call", ...failed("HTTP 503: no healthy upstream", hint("By the layer.")) }];
    const where = { cluster: "cluster1", host: target.host, from: "cluster2", port: 8000 };
    const textOf = (explanation: Parameters<typeof reportOf>[2]) => {
        const reports = [reportOf(where, checks, explanation)];
        printed(reports);
        return stripVTControlCharacters(verifyText(reports)).split("\n\n")[0]?.split("\n");
    };

    it("says first who is hit, since when, the last updates, and what to do", () => {
        const finding = {
            code: "mutual-tls-off",
            cluster: "cluster2",
            cause: "PeerAuthentication bar/off turns mutual TLS off.",
            evidence: ["PeerAuthentication bar/off: spec.mtls.mode: DISABLE"],
            next: hint("Set it to STRICT."),
            since: "2026-11-02T00:00:00Z",
        } as const;
        const second = {
            ...finding,
            code: "policy-denies",
            cause: "Another.",
            evidence: [],
            next: hint("Admit it."),
        } as const;
        assert.deepEqual(
            textOf({
                findings: [finding, second],
                notLookedAt: [
                    {
                        cluster: "cluster2",
                        what: "NetworkPolicy",
                        reason: "Error from server (Forbidden): no",
                    },
                ],
                lastUps: [
                    { stack: "cluster1", at: "2026-11-01T10:00:00.000Z" },
                    {
                        stack: "cluster2",
                        at: "2026-11-01T11:00:00.000Z",
                        commit: "0123456789abcdef",
                        author: "Jo",
                    },
                ],
            }),
            [
                "cluster1 can't call httpbin.bar.global:8000 of cluster2 since 2026-11-02T00:00:00Z (call: HTTP 503: no healthy " +
                    "upstream). Last up: cluster1 2026-11-01T10:00:00.000Z, cluster2 2026-11-01T11:00:00.000Z (0123456789 by Jo). " +
                    "PeerAuthentication bar/off turns mutual TLS off.",
                "Next: Set it to STRICT.",
                "  1. mutual-tls-off in cluster2: PeerAuthentication bar/off turns mutual TLS off.",
                "     - PeerAuthentication bar/off: spec.mtls.mode: DISABLE",
                "  2. policy-denies in cluster2: Another.",
                "     Next: Admit it.",
                "Not looked at: NetworkPolicy in cluster2 (Error from server (Forbidden): no)",
            ],
        );
    });

    it("says that no cause was found, and what the layer says", () => {
        assert.deepEqual(textOf({ findings: [], notLookedAt: [], lastUps: [], next: hint("Look there.") }), [
            "cluster1 can't call httpbin.bar.global:8000 of cluster2 (call: HTTP 503: no healthy upstream). Why was not found.",
            "Next: Look there.",
        ]);
    });
});

describe("the text about a call that could not be made", () => {
    const checks = [
        {
            ...{ name: "cluster DNS", status: "failed" as const, isUntried: true as const },
            ...{ detail: "the probe's image has no shell", hint: hint("Start one.") },
        },
        { name: "sidecar", ...passed("172.30.0.12:31443") },
    ];
    const where = { cluster: "cluster1", host: target.host, from: "cluster2", port: 8000 };
    const outside = { findings: [], notLookedAt: [], lastUps: [], isFromOutside: true } as const;
    const linesOf = (explanation: Parameters<typeof reportOf>[2]) => {
        const report = reportOf(where, checks, explanation);
        printed([report]);
        assert.equal(report.passed, false);
        assert.equal(report.line, "httpbin.bar.global:8000 from cluster1: not called");
        return stripVTControlCharacters(verifyText([report]))
            .split("\n\n")[0]
            ?.split("\n");
    };

    it("says so, and what is seen from outside", () => {
        assert.deepEqual(linesOf({ ...outside, next: hint("Start one.") }), [
            "httpbin.bar.global:8000 of cluster2 was not called from cluster1 (cluster DNS: the probe's image has no shell). " +
                "Seen from outside: nothing that would make it fail.",
            "Next: Start one.",
        ]);
        const finding = {
            code: "no-pods",
            cluster: "cluster2",
            cause: "No pod.",
            evidence: [],
            next: hint("Do."),
        } as const;
        assert.deepEqual(linesOf({ ...outside, findings: [finding] }), [
            "httpbin.bar.global:8000 of cluster2 was not called from cluster1 (cluster DNS: the probe's image has no shell). " +
                "Seen from outside: No pod.",
            "Next: Do.",
            "  1. no-pods in cluster2: No pod.",
        ]);
    });
});

describe("a command that several checks want", () => {
    it("is run once for all of them, and again for the next try", async () => {
        let runs = 0;
        const exec = sharedExec(() => Promise.resolve(String(++runs)), 5);
        assert.deepEqual(await Promise.all([exec("a", ["x"]), exec("a", ["x"]), exec("b", ["x"])]), [
            "1",
            "1",
            "2",
        ]);
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.equal(await exec("a", ["x"]), "3");
    });

    it("fails for all of them, and is tried again", async () => {
        let runs = 0;
        const exec = sharedExec(() => Promise.reject(new Error(String(++runs))), 5);
        await assert.rejects(exec("a", []), { message: "1" });
        await new Promise((resolve) => setTimeout(resolve, 30));
        await assert.rejects(exec("a", []), { message: "2" });
    });
});

describe("a verification of one host", () => {
    let standIn: StandInKubectl;
    const mesh = new Map([
        [
            "cluster1",
            clusterOutputs("cluster1", {
                imports: [httpbin, { ...httpbin, host: "other.bar.global" }].map((each) => ({
                    ...each,
                    from: ["cluster2"],
                })),
                probe: target.probe,
            }),
        ],
        ["cluster2", clusterOutputs("cluster2", { exports: [httpbin] })],
    ]);
    const options = {
        ...{ command: typed("verify"), project: "p", path: "/", timeoutMs: 0, pauseMs: 1 },
        lastUpOf: () => Promise.resolve(undefined),
    };

    beforeEach(() => {
        standIn = new StandInKubectl();
        const config = "config: { istio-multicluster:cluster: { kubeconfig: kubeconfig, context: c } }";
        for (const [name, text] of [
            ["Pulumi.yaml", "name: istio-multicluster"],
            ["Pulumi.cluster1.yaml", config],
            ["Pulumi.cluster2.yaml", config],
            ["kubeconfig", ""],
        ] as const)
            fs.writeFileSync(path.join(standIn.folder, name), text);
    });
    afterEach(() => {
        standIn.remove();
    });

    it("refuses one that nobody has, with those that there are", async () => {
        await assert.rejects(verifyMesh(standIn.folder, mesh, { ...options, host: "x.y.global" }), {
            message:
                'No cluster of this mesh has "x.y.global" to call. There is: httpbin.bar.global, other.bar.global.',
        });
    });

    it("lists a cluster that does not answer as not looked at, and calls nothing of it ok", async () => {
        // Names resolve, and all else is refused: the proxy for the API does not start either.
        standIn.does(
            'case "$*" in *nslookup*) printf "Name: h\\nAddress: 1.2.3.4\\n";; *) echo "Unable to connect to the server" >&2; exit 1;; esac',
        );
        const [report, ...more] = await verifyMesh(standIn.folder, mesh, { ...options, host: httpbin.host });
        assert.deepEqual(more, []);
        printed([...(report === undefined ? [] : [report])]);
        assert.deepEqual(report?.findings, []);
        assert.deepEqual(report.notLookedAt, [
            { cluster: "cluster1", what: "everything", reason: "Unable to connect to the server" },
            { cluster: "cluster2", what: "everything", reason: "Unable to connect to the server" },
        ]);
        assert.equal(report.passed, false);
    });

    it("waits five seconds for a cluster that is down, once", async () => {
        const server = await silentCluster();
        const { port } = server.address() as AddressInfo;
        const kubeconfig = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
            users: [{ name: "c", user: {} }],
            contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
        };
        fs.writeFileSync(path.join(standIn.folder, "kubeconfig"), JSON.stringify(kubeconfig));
        fs.rmSync(path.join(standIn.folder, "kubectl"), { force: true });
        const begin = Date.now();
        const reports = await verifyMesh(standIn.folder, mesh, { ...options, timeoutMs: 30_000 });
        const seconds = (Date.now() - begin) / 1000;
        server.close();
        printed(reports);
        assert.ok(seconds < 8, String(seconds));
        assert.deepEqual(
            reports.map(({ passed, isFromOutside, findings }) => ({ passed, isFromOutside, findings })),
            Array(2).fill({ passed: false, isFromOutside: true, findings: [] }),
        );
        assert.deepEqual(
            reports.map(({ notLookedAt }) => notLookedAt?.map(({ cluster, what }) => `${cluster}: ${what}`)),
            // Nobody exports the second one.
            [["cluster1: everything", "cluster2: everything"], ["cluster1: everything"]],
        );
    }).timeout(20_000);
});
