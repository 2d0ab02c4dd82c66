import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { AuthorizationPolicySpec, NetworkPolicySpec } from "../../../lib/doctor/objects";
import { ruleCovers } from "../../../lib/doctor/policies";
import { codesOf, findingsOf, meshs, somebodys } from "../../support/doctor";

const refused = { endedAt: "workload", seen: "HTTP 403: RBAC: access denied" } as const;

describe("an AuthorizationPolicy", () => {
    const withPolicies = (namespace: string, ...specs: readonly AuthorizationPolicySpec[]) =>
        codesOf({
            call: refused,
            there: {
                AuthorizationPolicy: specs.map((spec, index) => ({
                    metadata: somebodys(namespace, `theirs${index}`),
                    spec,
                })),
            },
        });
    const from = (source: Record<string, string[]>) => ({ from: [{ source }] });
    const me = "cluster.local/ns/foo/sa/sleep";

    it("denies the caller, or does not admit it", () => {
        const denied = ["policy-denies"];
        assert.deepEqual(withPolicies("bar", { action: "DENY", rules: [{}] }), denied);
        assert.deepEqual(
            withPolicies("istio-system", { action: "DENY", rules: [from({ namespaces: ["foo"] })] }),
            denied,
        );
        assert.deepEqual(
            withPolicies("bar", { action: "DENY", rules: [{ to: [{ operation: { ports: ["8080"] } }] }] }),
            denied,
        );
        assert.deepEqual(withPolicies("bar", {}), denied);
        assert.deepEqual(
            withPolicies("bar", { rules: [from({ principals: ["cluster.local/ns/other/sa/x"] })] }),
            denied,
        );
        assert.deepEqual(
            withPolicies("bar", { rules: [{ to: [{ operation: { methods: ["POST"] } }] }] }),
            denied,
        );
        assert.deepEqual(
            withPolicies("bar", { rules: [{ when: [{ key: "request.auth.claims[iss]", values: ["x"] }] }] }),
            denied,
        );
    });

    it("admits the caller, or is for others", () => {
        assert.deepEqual(withPolicies("bar", { rules: [from({ principals: [me] })] }), []);
        assert.deepEqual(withPolicies("bar", { rules: [from({ principals: ["*/ns/foo/sa/sleep"] })] }), []);
        assert.deepEqual(withPolicies("bar", {}, { rules: [from({ namespaces: ["foo"] })] }), []);
        assert.deepEqual(withPolicies("bar", { selector: { matchLabels: { app: "other" } } }), []);
        assert.deepEqual(withPolicies("foo", {}), []);
        assert.deepEqual(withPolicies("bar", { targetRefs: [{}] }), []);
        assert.deepEqual(withPolicies("bar", { action: "DENY", rules: [from({ notPrincipals: [me] })] }), []);
        assert.deepEqual(
            withPolicies("bar", { action: "DENY", rules: [{ to: [{ operation: { ports: ["9090"] } }] }] }),
            [],
        );
        assert.deepEqual(withPolicies("bar", { action: "AUDIT", rules: [{}] }), []);
    });

    it("that can't be told is a cause only where the answer says that some policy refuses", () => {
        const AuthorizationPolicy = [
            {
                metadata: somebodys("bar", "x"),
                spec: { action: "DENY", rules: [from({ ipBlocks: ["10.0.0.0/8"] })] },
            },
        ];
        assert.deepEqual(codesOf({ call: refused, there: { AuthorizationPolicy } }), ["policy-denies"]);
        assert.deepEqual(
            codesOf({ call: { endedAt: "workload", seen: "HTTP 500" }, there: { AuthorizationPolicy } }),
            [],
        );
    });

    it("says that a token is asked for", () => {
        const AuthorizationPolicy = [
            { metadata: somebodys("bar", "x"), spec: { rules: [from({ requestPrincipals: ["*"] })] } },
        ];
        const RequestAuthentication = [{ metadata: somebodys("bar", "jwt") }];
        const [finding] = findingsOf({
            call: refused,
            there: { AuthorizationPolicy, RequestAuthentication },
        });
        assert.equal(
            finding?.evidence.at(-1),
            "it asks for a token, and the call has none (RequestAuthentication bar/jwt)",
        );
        assert.deepEqual(codesOf({ call: refused, there: { RequestAuthentication } }), []);
    });

    it("of the mesh says who is to be let in, and where", () => {
        const spec = {
            action: "DENY",
            selector: { matchLabels: { app: "httpbin" } },
            rules: [
                { from: [{ source: { notPrincipals: ["x"] } }], to: [{ operation: { ports: ["8080"] } }] },
            ],
        };
        const AuthorizationPolicy = [{ metadata: meshs("bar", "httpbin.bar.global"), spec }];
        const [finding] = findingsOf({ call: refused, there: { AuthorizationPolicy } });
        assert.equal(finding?.code, "caller-not-allowed");
        assert.equal(
            finding.next[0],
            "Add the caller to allowedFrom of the export in Pulumi.cluster2.yaml, then: ",
        );
    });

    it("covers with a field exactly what it does not cover with the field's negation", () => {
        const access = {
            principals: [me],
            namespace: "foo",
            serviceAccount: "sleep",
            port: 8080,
            host: "h",
            method: "GET",
            path: "/",
        };
        const value = fc.constantFrom(me, "*", "foo", "f*", "*/sleep", "8080", "GET", "/", "/x*", "other");
        const field = fc.constantFrom("principals", "namespaces", "serviceAccounts");
        fc.assert(
            fc.property(field, fc.array(value, { minLength: 1 }), (name, values) => {
                const not = `not${name.charAt(0).toUpperCase()}${name.slice(1)}`;
                const plain = ruleCovers({ from: [{ source: { [name]: values } }] }, access);
                const negated = ruleCovers({ from: [{ source: { [not]: values } }] }, access);
                assert.equal(plain, !negated);
            }),
        );
    });
});

describe("a NetworkPolicy", () => {
    const policy = (namespace: string, spec: NetworkPolicySpec) => [
        { metadata: somebodys(namespace, "theirs"), spec },
    ];
    const atServer = (
        namespace: string,
        spec: NetworkPolicySpec,
        endedAt: "gateway" | "passage" = "passage",
    ) => codesOf({ call: { endedAt }, there: { NetworkPolicy: policy(namespace, spec) } });
    const shut = ["network-policy"];
    const istioSystem = {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "istio-system" } },
    };

    it("shuts the pods, the gateway or the caller", () => {
        assert.deepEqual(atServer("bar", {}), shut);
        assert.deepEqual(
            atServer("bar", { ingress: [{ from: [istioSystem], ports: [{ port: 9090 }] }] }),
            shut,
        );
        assert.deepEqual(atServer("bar", { ingress: [{ from: [{ podSelector: {} }] }] }), shut);
        assert.deepEqual(
            atServer("istio-system", { ingress: [{ from: [{ podSelector: {} }] }] }, "gateway"),
            shut,
        );
        const NetworkPolicy = policy("foo", {
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }],
        });
        assert.deepEqual(codesOf({ call: { endedAt: "gateway" }, here: { NetworkPolicy } }), shut);
    });

    it("lets the call pass, or selects others", () => {
        assert.deepEqual(atServer("bar", { ingress: [{}] }), []);
        assert.deepEqual(
            atServer("bar", { ingress: [{ from: [istioSystem], ports: [{ port: 8080 }] }] }),
            [],
        );
        assert.deepEqual(atServer("bar", { ingress: [{ ports: [{ port: 8000, endPort: 9000 }] }] }), []);
        assert.deepEqual(atServer("bar", { podSelector: { matchLabels: { app: "other" } } }), []);
        assert.deepEqual(atServer("bar", { policyTypes: ["Egress"] }), []);
        // Where the connection comes from is not known beyond the cluster.
        assert.deepEqual(
            atServer(
                "istio-system",
                { ingress: [{ from: [{ ipBlock: { cidr: "172.30.0.0/24" } }] }] },
                "gateway",
            ),
            [],
        );
        const NetworkPolicy = policy("foo", {
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock: { cidr: "172.30.0.0/24" } }] }],
        });
        assert.deepEqual(codesOf({ call: { endedAt: "gateway" }, here: { NetworkPolicy } }), []);
    });

    it("is no cause where the workload's side has answered", () => {
        assert.deepEqual(
            codesOf({ call: { endedAt: "workload" }, there: { NetworkPolicy: policy("bar", {}) } }),
            [],
        );
    });
});
