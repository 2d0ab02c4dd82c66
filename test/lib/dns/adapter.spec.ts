import assert from "node:assert/strict";
import { type ClusterDns, detectDns, type DnsFacts, namedDns } from "../../../lib/dns/adapter";
import { realCorefiles } from "../../support/corefiles";

const open = { image: "", replicas: 1 };

/** What a cluster has: Corefiles by ConfigMap, and the ConfigMaps that each Deployment mounts. */
function facts(
    corefiles: Readonly<Record<string, string | undefined>>,
    deployments: Readonly<Record<string, readonly string[]>>,
    replicas = 2,
): DnsFacts {
    return {
        configMaps: new Map(Object.entries(corefiles)),
        deployments: Object.entries(deployments).map(([name, configMaps]) => ({
            name,
            configMaps,
            replicas,
        })),
    };
}

const coredns: ClusterDns = { adapter: "coredns", configMap: "coredns", deployment: "coredns" };
const custom: ClusterDns = { adapter: "coredns-custom", configMap: "coredns-custom", deployment: "coredns" };
const rke2 = "rke2-coredns-rke2-coredns";
const plain = facts(
    { coredns: realCorefiles["kubeadm"], "kube-root-ca.crt": undefined },
    { coredns: ["coredns"] },
);

describe("detectDns", () => {
    const certain: readonly (readonly [string, DnsFacts, ClusterDns])[] = [
        ["kubeadm", plain, coredns],
        ["kind", facts({ coredns: realCorefiles["kind"] }, { coredns: ["coredns"] }), coredns],
        ["EKS", facts({ coredns: realCorefiles["eks"] }, { coredns: ["coredns"], other: [] }), coredns],
        [
            "RKE2",
            facts(
                { [rke2]: realCorefiles["rke2"], autoscaler: undefined },
                { [rke2]: [rke2], autoscaler: [] },
            ),
            { adapter: "coredns", configMap: rke2, deployment: rke2 },
        ],
        [
            "AKS",
            facts(
                { coredns: realCorefiles["aks"], "coredns-custom": undefined },
                { coredns: ["coredns", "coredns-custom"] },
            ),
            custom,
        ],
        // k3s does not make coredns-custom by itself.
        ["k3s", facts({ coredns: realCorefiles["k3s"] }, { coredns: ["coredns", "coredns-custom"] }), custom],
        [
            "GKE",
            facts({}, { "kube-dns": [], "kube-dns-autoscaler": [] }),
            { adapter: "kube-dns", configMap: "kube-dns", deployment: "kube-dns" },
        ],
        [
            "GKE with NodeLocal DNSCache, which takes kube-dns's stub domains",
            facts({ "node-local-dns": undefined }, { "kube-dns": ["kube-dns"] }),
            { adapter: "kube-dns", configMap: "kube-dns", deployment: "kube-dns" },
        ],
    ];
    for (const [what, seen, expected] of certain) {
        it(`knows the DNS of ${what}`, () => {
            assert.deepEqual(detectDns(open, seen), { dns: expected });
        });
    }

    it("follows the names that the settings give", () => {
        const two = facts({ a: realCorefiles["kind"], b: realCorefiles["kind"] }, { one: ["a"], two: ["b"] });
        const one = { dns: { adapter: "coredns", configMap: "a", deployment: "one" } };
        assert.deepEqual(detectDns({ ...open, deployment: "one" }, two), one);
        assert.deepEqual(detectDns({ ...open, configMap: "a" }, two), one);
    });

    const end =
        "Set dns.adapter to coredns, coredns-custom, kube-dns, none or sidecar; docs/dns.md says which";
    const doubtful: readonly (readonly [string, DnsFacts, string])[] = [
        [
            "no server that it knows",
            facts({ x: undefined }, { other: ["x"] }),
            "neither a CoreDNS nor kube-dns",
        ],
        [
            "two servers",
            facts({ coredns: realCorefiles["kind"] }, { coredns: ["coredns"], "kube-dns": [] }),
            "CoreDNS (Deployment coredns, Corefile in ConfigMap coredns); kube-dns (Deployment kube-dns)",
        ],
        [
            "a server without pods, as kube-dns is on GKE with Cloud DNS",
            facts({}, { "kube-dns": [] }, 0),
            "kube-dns (Deployment kube-dns), which runs no pod",
        ],
        [
            "an import that leads nowhere",
            facts({ coredns: realCorefiles["k3s"] }, { coredns: ["coredns"] }),
            "CoreDNS (Deployment coredns, Corefile in ConfigMap coredns), which imports *.server but does not mount " +
                "ConfigMap coredns-custom",
        ],
        [
            "a cache on the nodes",
            facts({ coredns: realCorefiles["kind"], "node-local-dns": undefined }, { coredns: ["coredns"] }),
            "CoreDNS (Deployment coredns, Corefile in ConfigMap coredns); NodeLocal DNSCache (ConfigMap node-local-dns), " +
                "which may not ask the cluster's DNS",
        ],
    ];
    for (const [what, seen, found] of doubtful) {
        it(`asks where it sees ${what}`, () => {
            assert.deepEqual(detectDns(open, seen), {
                problem: `which DNS this cluster has is not certain: kube-system has ${found}. ${end}`,
            });
        });
    }

    it("names the settings that nothing fits", () => {
        assert.deepEqual(detectDns({ ...open, configMap: "x", deployment: "y" }, plain), {
            problem:
                "which DNS this cluster has is not certain: kube-system has neither a CoreDNS nor kube-dns that fits " +
                `dns.configMap x and dns.deployment y. ${end}`,
        });
    });
});

describe("namedDns", () => {
    it("takes the adapter's usual names where the settings give none", () => {
        assert.equal(namedDns(open), undefined);
        assert.deepEqual(namedDns({ ...open, adapter: "coredns-custom" }), custom);
        assert.deepEqual(namedDns({ ...open, adapter: "coredns", configMap: rke2, deployment: rke2 }), {
            adapter: "coredns",
            configMap: rke2,
            deployment: rke2,
        });
        assert.deepEqual(namedDns({ ...open, adapter: "sidecar" }), { adapter: "sidecar" });
    });
});
