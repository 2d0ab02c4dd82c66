import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import fc from "fast-check";
import { type Bundle, bundleText, makeBundle } from "../../../cli/verify/bundle";
import { BundleFile } from "../../../cli/verify/bundleFile";
import type { ClusterState } from "../../../cli/verify/clusterState";
import { reportOf } from "../../../cli/verify/report";
import { dnsState } from "../../../lib/doctor/bundle/dnsState";
import { envoyState } from "../../../lib/doctor/bundle/envoyState";
import { aTextWithSecret } from "../../support/secrets";
import { clusterOutputs, hint, httpbin, typed } from "../samples";

const host = httpbin.host;
const clusters = new Map([
    ["cluster1", clusterOutputs("cluster1", { identity: { uid: "u", server: "https://s", ca: "c" } })],
    ["cluster2", undefined],
]);

/** A state in which a text stands wherever somebody can put one. */
function stateWith(text: string): ClusterState {
    const name = `outbound|8000||${host}`;
    const filter = {
        name: text,
        typed_config: {
            cluster: text,
            access_log: [text],
            http_filters: [{ name: text, inline_code: text }],
        },
    };
    const chain = { name: text, filters: [filter], metadata: { text } };
    const listener = {
        name: text,
        address: { socket_address: { address: "240.0.0.2", port_value: 8000 } },
        filter_chains: [chain],
        default_filter_chain: chain,
    };
    const route = {
        name: text,
        match: { prefix: text, headers: [{ name: text, string_match: { exact: text } }] },
        route: { cluster: text },
        request_headers_to_add: [{ header: { key: "authorization", value: text } }],
        direct_response: { status: 200, body: { inline_string: text } },
    };
    const dump = (config: object) => JSON.stringify({ configs: [config] });
    const pages = {
        info: JSON.stringify({ version: text, node: { metadata: { ENV: text } } }),
        endpoints: `${name}::${text}\n${name}::1.2.3.4:5::hostname::${text}`,
        clusters: dump({ cluster: { name, type: text, metadata: text, transport_socket: { name: text } } }),
        listeners: dump({ name: text, active_state: { listener }, error_state: { details: text } }),
        routes: dump({
            route_config: { name: text, virtual_hosts: [{ name: text, domains: [host], routes: [route] }] },
        }),
    };
    const interest = { hosts: [host], addresses: ["240.0.0.2"], ports: [8000], podPorts: [8080] };
    const file = `# ${text}\n.:53 {\n    log ${text}\n    etcd {\n        credentials ${text}\n    }\n}\n`;
    const metadata = { namespace: "kube-system", name: "coredns" };
    return {
        kubernetes: text,
        istiods: [{ name: "istio-system/istiod", image: text, ready: 1 }],
        proxies: [{ pod: "foo/sleep-1", role: "caller", ...envoyState(pages, interest) }],
        dns: dnsState(
            [{ metadata, data: { Corefile: file } }],
            [{ metadata, data: { Corefile: file, "zone.global": `x IN A ${text}`, other: text } }],
            "coredns",
            ["global"],
        ),
        notLookedAt: [{ cluster: "cluster1", what: text, reason: text }],
    };
}

function bundleWith(text: string): Bundle {
    const checks = [
        { name: "call", status: "failed" as const, detail: `HTTP 503: ${text}`, hint: hint(text) },
    ];
    const found = {
        code: "policy-denies",
        cluster: "cluster1",
        cause: text,
        evidence: [text],
        next: hint(text),
    } as const;
    const place = { cluster: "cluster1", host, from: "cluster2", port: 8000 };
    const report = reportOf(place, checks, { findings: [found], notLookedAt: [], lastUps: [] });
    return makeBundle(clusters, new Map([["cluster1", stateWith(text)]]), [report], {
        command: typed("verify", { path: `/x?${text}` }),
        lastUps: new Map([["cluster1", { at: "2026-11-01T10:00:00Z", commit: "ab", author: text }]]),
    });
}

describe("a bundle", () => {
    it("holds no secret, wherever somebody has put one", () => {
        fc.assert(
            fc.property(aTextWithSecret, ({ text, needles }) => {
                const { text: written, found } = bundleText(bundleWith(text));
                assert.deepEqual(
                    needles.filter((needle) => written.includes(needle)),
                    [],
                );
                assert.ok(found.length > 10);
            }),
            { numRuns: 200 },
        );
    });

    it("says of what is known to hold secrets nothing at all, whatever it looks like", () => {
        const { text } = bundleText({ ...bundleWith("plain"), calls: [] });
        for (const key of [
            "access_log",
            "inline_code",
            "metadata",
            "request_headers_to_add",
            "inline_string",
            "node",
        ])
            assert.ok(!text.includes(`"${key}"`), key);
        assert.ok(!text.includes("credentials"));
    });

    it("has the calls, the clusters, and what could not be looked at, a cluster that is not up too", () => {
        const written = JSON.parse(bundleText(bundleWith("plain")).text) as Bundle & { redacted: unknown };
        assert.equal(written.format, 1);
        assert.equal(written.calls.length, 1);
        const [first, second] = written.clusters;
        assert.equal(first?.outputs?.globalDnsAddress, "10.91.0.53");
        assert.equal(first.outputs.identity, undefined);
        assert.equal(first.lastUp?.commit, "ab");
        assert.equal(first.proxies?.[0]?.role, "caller");
        assert.deepEqual(second, { cluster: "cluster2" });
        assert.deepEqual(written.notLookedAt, [
            { cluster: "cluster2", what: "everything", reason: "its stack is not up" },
            { cluster: "cluster1", what: "plain", reason: "plain" },
        ]);
        assert.deepEqual(written.redacted, []);
    });
});

describe("the file of a bundle", () => {
    let folder: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });
    const at = (name: string) => path.join(folder, name);

    it("is for its owner alone, whatever the mask", () => {
        const mask = process.umask(0);
        try {
            const file = BundleFile.make(at("b.json"));
            file.write("{}\n");
            file.close();
        } finally {
            process.umask(mask);
        }
        assert.equal(fs.statSync(at("b.json")).mode & 0o777, 0o600);
        assert.equal(fs.readFileSync(at("b.json"), "utf8"), "{}\n");
    });

    it("is not made where it can't be, in a sentence", () => {
        fs.writeFileSync(at("old"), "old");
        fs.symlinkSync(at("nowhere"), at("link"));
        const refused = (name: string, message: string) => {
            assert.throws(() => BundleFile.make(name), { name: "Problem", message: `${name} ${message}.` });
        };
        refused(at("old"), "is there already, and nothing is written over");
        refused(at("link"), "is there already, and nothing is written over");
        refused(at("none/b.json"), "can't be made: its folder is not there");
        refused(at("old/b.json"), "can't be made: its folder is a file");
        refused(at("x".repeat(300)), "can't be made: its name is too long");
        assert.equal(fs.readFileSync(at("old"), "utf8"), "old");
    });

    it("goes where nothing was written", () => {
        const file = BundleFile.make(at("b.json"));
        assert.ok(fs.existsSync(at("b.json")));
        file.close();
        file.close();
        assert.ok(!fs.existsSync(at("b.json")));
    });

    it("can't be written whole: it goes, and the error names it", () => {
        const file = BundleFile.make(at("b.json"));
        file.close();
        assert.throws(
            () => {
                file.write("{}");
            },
            { path: at("b.json") },
        );
    });
});
