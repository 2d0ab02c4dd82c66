import * as assert from "node:assert/strict";
import { modeOf } from "../../../lib/doctor/judgeMutualTls";
import type { PeerAuthenticationSpec, Thing } from "../../../lib/doctor/objects";
import { after, before, callerLists, codesOf, findingsOf, pod, somebodys } from "../../support/doctor";

const policy = (
    namespace: string,
    name: string,
    spec: PeerAuthenticationSpec,
    created = after,
): Thing<PeerAuthenticationSpec> => ({
    metadata: somebodys(namespace, name, { creationTimestamp: created }),
    spec,
});
const mode = (text: string) => ({ mtls: { mode: text } });
const forHttpbin = { selector: { matchLabels: { app: "httpbin" } } };
const codesWith = (...PeerAuthentication: readonly Thing<PeerAuthenticationSpec>[]) =>
    codesOf({ there: { PeerAuthentication } });

describe("a PeerAuthentication", () => {
    it("turns mutual TLS off for the mesh, a namespace, a workload or a port", () => {
        const off = mode("DISABLE");
        assert.deepEqual(codesWith(policy("istio-system", "default", off)), ["mutual-tls-off"]);
        assert.deepEqual(codesWith(policy("bar", "off", off)), ["mutual-tls-off"]);
        assert.deepEqual(codesWith(policy("bar", "off", { ...forHttpbin, ...off })), ["mutual-tls-off"]);
        const port = { ...forHttpbin, ...mode("STRICT"), portLevelMtls: { "8080": { mode: "DISABLE" } } };
        assert.deepEqual(codesWith(policy("bar", "off", port)), ["mutual-tls-off"]);
        const [finding] = findingsOf({ there: { PeerAuthentication: [policy("bar", "off", port)] } });
        assert.deepEqual(finding?.evidence, [
            "PeerAuthentication bar/off: spec.portLevelMtls.8080.mode: DISABLE",
            "it is the one that decides for pod bar/httpbin-abc-1",
        ]);
    });

    it("is no cause where it wants mutual TLS, is for others, or does not decide", () => {
        const off = mode("DISABLE");
        assert.deepEqual(codesWith(policy("bar", "strict", mode("STRICT"))), []);
        assert.deepEqual(codesWith(policy("foo", "off", off)), []);
        assert.deepEqual(
            codesWith(policy("bar", "off", { selector: { matchLabels: { app: "other" } }, ...off })),
            [],
        );
        // A selector in the root namespace selects nothing.
        assert.deepEqual(codesWith(policy("istio-system", "off", { ...forHttpbin, ...off })), []);
        assert.deepEqual(
            codesWith(policy("istio-system", "off", off), policy("bar", "on", mode("PERMISSIVE"))),
            [],
        );
        assert.deepEqual(
            codesWith(policy("bar", "off", off), policy("bar", "old", mode("STRICT"), before)),
            [],
        );
        const otherPort = {
            ...forHttpbin,
            ...mode("STRICT"),
            portLevelMtls: { "9090": { mode: "DISABLE" } },
        };
        assert.deepEqual(codesWith(policy("bar", "other-port", otherPort)), []);
        const backOn = { ...forHttpbin, portLevelMtls: { "8080": { mode: "STRICT" } } };
        assert.deepEqual(codesWith(policy("bar", "off", off), policy("bar", "port", backOn)), []);
    });

    it("inherits what it leaves unset", () => {
        const unset = policy("bar", "workload", { ...forHttpbin, ...mode("UNSET") });
        const decides = modeOf(
            [unset, policy("bar", "off", mode("DISABLE"))],
            "istio-system",
            pod("bar", "httpbin"),
            8080,
        );
        assert.equal(decides?.by.metadata.name, "off");
        assert.equal(modeOf([unset], "istio-system", pod("bar", "httpbin"), 8080), undefined);
    });
});

describe("a DestinationRule", () => {
    const rule = (namespace: string, host: string, tls: object | undefined, more: object = {}) => ({
        metadata: somebodys(namespace, "theirs"),
        spec: { host, ...(tls && { trafficPolicy: { tls } }), ...more },
    });
    const withRule = (each: ReturnType<typeof rule>, call = {}) =>
        codesOf({ call, here: { DestinationRule: [...callerLists().DestinationRule, each] } });

    it("takes mutual TLS away where the caller follows it", () => {
        for (const mode of ["DISABLE", "SIMPLE", "MUTUAL"])
            assert.deepEqual(withRule(rule("foo", "httpbin.bar.global", { mode })), [
                "rule-without-mutual-tls",
            ]);
        assert.deepEqual(withRule(rule("foo", "*.global", { mode: "DISABLE" })), ["rule-without-mutual-tls"]);
        // Of the root namespace's the more specific host counts.
        assert.deepEqual(withRule(rule("istio-system", "httpbin.bar.global", { mode: "DISABLE" })), [
            "rule-without-mutual-tls",
        ]);
        const ofPort = {
            trafficPolicy: {
                tls: { mode: "ISTIO_MUTUAL" },
                portLevelSettings: [{ port: { number: 8000 }, tls: { mode: "DISABLE" } }],
            },
        };
        assert.deepEqual(withRule(rule("foo", "httpbin.bar.global", undefined, ofPort)), [
            "rule-without-mutual-tls",
        ]);
    });

    it("is no cause of another host, namespace or port, without TLS settings, or with Istio's mutual TLS", () => {
        const off = { mode: "DISABLE" };
        assert.deepEqual(withRule(rule("foo", "other.bar.global", off)), []);
        assert.deepEqual(withRule(rule("elsewhere", "httpbin.bar.global", off)), []);
        assert.deepEqual(withRule(rule("istio-system", "*.global", off)), []);
        assert.deepEqual(withRule(rule("istio-system", "httpbin.bar.global", off, { exportTo: ["."] })), []);
        assert.deepEqual(withRule(rule("foo", "httpbin.bar.global", { mode: "ISTIO_MUTUAL" })), []);
        assert.deepEqual(withRule(rule("foo", "httpbin.bar.global", undefined)), []);
        assert.deepEqual(
            withRule(
                rule("foo", "httpbin.bar.global", off, {
                    workloadSelector: { matchLabels: { app: "other" } },
                }),
            ),
            [],
        );
        const ofPort = {
            trafficPolicy: {
                tls: { mode: "ISTIO_MUTUAL" },
                portLevelSettings: [{ port: { number: 9000 }, tls: off }],
            },
        };
        assert.deepEqual(withRule(rule("foo", "httpbin.bar.global", undefined, ofPort)), []);
    });

    it("wants another identity", () => {
        const tls = (subjectAltNames: string[]) => ({ mode: "ISTIO_MUTUAL", subjectAltNames });
        assert.deepEqual(withRule(rule("foo", "httpbin.bar.global", tls(["spiffe://x"]))), [
            "rule-with-other-identity",
        ]);
        assert.deepEqual(
            withRule(rule("foo", "httpbin.bar.global", tls(["spiffe://cluster.local/ns/bar/sa/httpbin"]))),
            [],
        );
    });

    it("empties the exporter's gateway", () => {
        const there = { DestinationRule: [rule("bar", "httpbin.bar.global", { mode: "DISABLE" })] };
        const [finding] = findingsOf({ there });
        assert.equal(finding?.code, "rule-without-mutual-tls");
        assert.equal(finding.cluster, "cluster2");
        assert.match(finding.cause, /makes the gateway send/);
        assert.deepEqual(
            codesOf({
                there: {
                    DestinationRule: [rule("bar", "httpbin.bar.svc.cluster.local", { mode: "DISABLE" })],
                },
            }),
            [],
        );
    });
});
