import assert from "node:assert/strict";
import fc from "fast-check";
import { leftOut, redact } from "../../../../lib/doctor/bundle/redact";
import { aTextWithSecret } from "../../../support/secrets";

describe("what looks like a secret", () => {
    it("does not stay, wherever it stands", () => {
        fc.assert(
            fc.property(aTextWithSecret, fc.constantFrom("a", "b.c", "deep"), ({ text, needles }, name) => {
                const { value, found } = redact({ [name]: [text, { inner: text }], [text]: 1 });
                const left = JSON.stringify(value);
                assert.deepEqual(
                    needles.filter((needle) => left.includes(needle)),
                    [],
                    left,
                );
                assert.ok(found.length >= 3);
            }),
            { numRuns: 500 },
        );
    });

    const left = (text: string) => redact(text).value;

    it("is said to have been there, with its place", () => {
        const { value, found } = redact({ calls: [{ detail: "HTTP 503: Bearer abcdefgh" }], token: "x" });
        assert.deepEqual(value, { calls: [{ detail: `HTTP 503: Bearer ${leftOut}` }], token: leftOut });
        assert.deepEqual(found, [
            { where: "calls[0].detail", what: "bearer token" },
            { where: "token", what: "value of a secret's name" },
        ]);
    });

    it("is taken out, and what is beside it stays", () => {
        assert.equal(left("x https://u:p@h:1/y z"), `x https://${leftOut}h:1/y z`);
        assert.equal(left("a\nAuthorization: Basic dTpw\nb"), `a\nAuthorization: ${leftOut}\nb`);
        assert.equal(left("?token=abc&x=1"), `?token=${leftOut}&x=1`);
        assert.equal(left("key AKIAIOSFODNN7EXAMPLE."), `key ${leftOut}.`);
    });
});

describe("what is no secret", () => {
    it("stays as it is", () => {
        for (const text of [
            "httpbin.bar.global:8000 from cluster1: HTTP 503",
            "outbound|8000||httpbin.bar.global::172.30.0.12:31443::health_flags::healthy",
            "spiffe://cluster.local/ns/bar/sa/httpbin",
            "ab".repeat(32),
            "0123456789abcdef0123456789abcdef01234567",
            "kubectl --kubeconfig /home/Some1/projects/environments/prod/kubeconfig --context c -n bar get pods",
            'pods "httpbin-7d9f8c6b5d-x2x9z" is forbidden: User "system:serviceaccount:kube-system:reader" cannot create resource "pods/exec" in API group ""',
            "AuthorizationPolicy bar/x asks for a token, and the call has none",
            "forward . 10.91.0.53",
            "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "ServiceEntry foo/x: made 2026-11-01T00:00:00Z, endpoints 172.30.0.1, ports 8000",
            "envoy/1.38.0/Clean/RELEASE/BoringSSL",
            "basic settings and bearers",
        ])
            assert.deepEqual(redact({ text }), { value: { text }, found: [] });
    });
});
