import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse";

const cluster = { kubeconfig: ".lab/cluster1/kubeconfig", context: "cluster1" };
const port = { name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" };
const httpbin = {
    service: "httpbin",
    namespace: "bar",
    ports: [port],
    selector: { app: "httpbin" },
    serviceAccount: "httpbin",
};
const echo = { ...httpbin, service: "echo", ports: [{ ...port, number: 9000 }] };
const sleep = { namespace: "foo", serviceAccount: "sleep" };

/** Problems of a configuration, each as one line. */
function problems(exports: readonly object[], others: object = {}): readonly string[] {
    const result = parseConfig("cluster1", { cluster, exports, ...others });
    return result.kind === "invalid" ? result.problems.map(({ path, message }) => `${path} ${message}`) : [];
}

describe("exports[].allowedFrom", () => {
    it("is taken with and without a cluster", () => {
        assert.deepEqual(
            problems([{ ...httpbin, allowedFrom: [sleep, { ...sleep, cluster: "cluster1" }] }]),
            [],
        );
    });

    it("is taken for a whole namespace, and for a whole cluster", () => {
        const allowedFrom = [
            { namespace: "foo" },
            { cluster: "cluster1" },
            { cluster: "a", namespace: "foo" },
        ];
        assert.deepEqual(problems([{ ...httpbin, allowedFrom }]), []);
    });

    it("must name somebody, by cluster or namespace, and a service account with its namespace", () => {
        assert.deepEqual(
            problems([
                { ...httpbin, allowedFrom: [] },
                {
                    ...echo,
                    namespace: "baz",
                    allowedFrom: [
                        { cluster: "Cluster1", namespace: "foo", account: "a" },
                        {},
                        { cluster: "cluster1", serviceAccount: "sleep" },
                    ],
                },
            ]),
            [
                "exports[0].allowedFrom must name at least one caller, or be left out, which lets every caller in",
                "exports[1].allowedFrom[0].cluster must be a DNS label: lower-case letters, digits and dashes, " +
                    "63 characters at most",
                "exports[1].allowedFrom[0].account is not a known setting; check the spelling against docs/configuration.md",
                "exports[1].allowedFrom[1] must name a cluster, a namespace or both; leave allowedFrom out to let every caller in",
                "exports[1].allowedFrom[2].serviceAccount is set without the namespace that it is in; add that",
            ],
        );
    });

    it("must be the same for exports of one port of the same pods", () => {
        const message =
            "exports[1].allowedFrom is not the same as exports[0].allowedFrom, but echo.bar.global and httpbin.bar.global " +
            "are port 8080 of the same pods, where a call for the one can't be told from a call for the other; make the " +
            "two equal";
        const limited = { ...httpbin, allowedFrom: [sleep] };
        const narrower = { ...echo, selector: { app: "httpbin", version: "v1" } };
        for (const other of [echo, narrower, { ...echo, allowedFrom: [{ ...sleep, cluster: "cluster1" }] }]) {
            assert.deepEqual(problems([limited, other]), [message]);
        }
        assert.deepEqual(problems([httpbin, { ...echo, allowedFrom: [sleep] }]), [message]);
    });

    it("can't name a cluster where Istio makes trust domains one", () => {
        const istio = { values: { meshConfig: { trustDomainAliases: ["c1.mesh"] } } };
        const named = { ...httpbin, allowedFrom: [{ ...sleep, cluster: "cluster1" }] };
        assert.deepEqual(problems([named], { istio }), [
            "istio.values.meshConfig.trustDomainAliases makes several trust domains one, so that exports could not let in " +
                "the callers of one cluster alone; remove it, and name the trust domains in mesh.acceptedTrustDomains",
        ]);
        assert.deepEqual(problems([{ ...httpbin, allowedFrom: [sleep] }], { istio }), []);
        for (const values of [{}, { meshConfig: {} }, { meshConfig: { trustDomainAliases: [] } }]) {
            assert.deepEqual(problems([named], { istio: { values } }), []);
        }
    });

    it("may differ for other pods, and for other ports of the same pods", () => {
        const limited = { ...httpbin, allowedFrom: [sleep] };
        for (const other of [
            { ...echo, allowedFrom: [sleep] },
            { ...echo, namespace: "baz" },
            { ...echo, selector: { app: "echo" } },
            { ...echo, selector: { app: "httpbin", version: "v1" }, ports: [{ ...port, targetPort: 9090 }] },
        ]) {
            assert.deepEqual(problems([limited, other]), []);
        }
    });
});

describe("mesh.trustDomain", () => {
    it("is a name that Istio takes", () => {
        const good = ["cluster.local", "a", "cluster1.example.com"];
        assert.deepEqual(problems([], { mesh: { trustDomain: "a.b-c.d", acceptedTrustDomains: good } }), []);
        assert.deepEqual(
            problems([], {
                mesh: { trustDomain: "Cluster1", acceptedTrustDomains: ["a", "*.b", "a/ns/b", ""] },
            }),
            [
                "mesh.trustDomain must be a DNS name: labels of lower-case letters, digits and dashes with dots between them, 253 characters at most",
                ...[1, 2, 3].map(
                    (index) =>
                        `mesh.acceptedTrustDomains[${index}] must be a DNS name: labels of lower-case letters, digits and ` +
                        "dashes with dots between them, 253 characters at most",
                ),
            ],
        );
    });
});
