import assert from "node:assert/strict";
import { realCorefiles } from "../support/corefiles";
import { difference } from "../support/difference";
import { assertGolden } from "../support/golden";
import { failure } from "../support/fakeApi";
import { find, idOf, type Registered } from "../support/mocks";
import { type Case, committedSettings, node, outputsOf, runProgram, type Settings } from "../support/program";

const stubDomains = "pulumi-nodejs:dynamic/istio-multicluster:StubDomains";
const globalDnsIds = [
    "istio-multicluster:index:GlobalDns::global-dns",
    "kubernetes:apps/v1:Deployment::global-dns-pods",
    "kubernetes:core/v1:ConfigMap::global-dns-config",
    "kubernetes:core/v1:Service::global-dns-service",
];
const configMapsPath = "/api/v1/namespaces/kube-system/configmaps";
const deploymentsPath = "/apis/apps/v1/namespaces/kube-system/deployments";
const nodes = { "/api/v1/nodes": { items: [node("node1", "172.30.0.11")] } };

/** kube-system with these Corefiles by ConfigMap, and Deployments with the ConfigMaps that they mount. */
function kubeSystem(
    corefiles: Readonly<Record<string, string>>,
    deployments: Readonly<Record<string, readonly string[]>>,
): NonNullable<Case["cluster"]> {
    return {
        ...nodes,
        [configMapsPath]: {
            items: Object.entries(corefiles).map(([name, Corefile]) => ({
                metadata: { name },
                data: { Corefile },
            })),
        },
        [deploymentsPath]: {
            items: Object.entries(deployments).map(([name, mounted]) => ({
                metadata: { name },
                spec: {
                    template: { spec: { volumes: mounted.map((each) => ({ configMap: { name: each } })) } },
                },
            })),
        },
    };
}

const k3s = kubeSystem({ coredns: realCorefiles["k3s"] ?? "" }, { coredns: ["coredns", "coredns-custom"] });
const gke = kubeSystem({}, { "kube-dns": [] });
const nothing = kubeSystem({}, {});

describe("the cluster's DNS", () => {
    let ca: Settings;
    let cluster2: Settings;
    before(async () => {
        ca = await outputsOf("ca");
        cluster2 = await outputsOf("cluster2", {
            stacks: { ca },
            settings: { cluster2: committedSettings("cluster2", "dns") },
        });
    });

    const run = (dns: Settings, given: Case = {}) =>
        runProgram("cluster1", {
            stacks: { ca, cluster2 },
            ...given,
            settings: {
                cluster1: { dns: { ...(committedSettings("cluster1")["dns"] as Settings), ...dns } },
            },
        });
    const stub = (resources: readonly Registered[]) => {
        const { inputs } = find(resources, stubDomains, "stub-domains");
        return {
            adapter: inputs["adapter"],
            configMap: inputs["configMap"],
            deployment: inputs["deployment"],
        };
    };
    const hosts = (list: unknown) => (list as readonly { readonly host: string }[]).map(({ host }) => host);

    it("of the example has a second suffix, and in cluster1 sidecars that resolve", async () => {
        const both = ["httpbin.bar.global", "httpbin.bar.mesh.corp"];
        assert.deepEqual(hosts(cluster2["exports"]), both);
        const settings = {
            cluster1: committedSettings("cluster1", "dns"),
            cluster2: committedSettings("cluster2", "dns"),
        };
        const example = await runProgram("cluster1", { stacks: { ca, cluster2 }, settings });
        assertGolden("cluster1-dns", example);
        assert.deepEqual(hosts(example.result["imports"]), both);
    });

    for (const [what, cluster, expected] of [
        ["AKS's and k3s's second ConfigMap", k3s, ["coredns-custom", "coredns-custom", "coredns"]],
        ["GKE's kube-dns", gke, ["kube-dns", "kube-dns", "kube-dns"]],
    ] as const) {
        it(`is found out: ${what}`, async () => {
            const { resources, result } = await run({}, { cluster });
            const [adapter, configMap, deployment] = expected;
            const namespace = "kube-system";
            assert.deepEqual(stub(resources), {
                adapter,
                configMap: { namespace, name: configMap },
                deployment: { namespace, name: deployment },
            });
            assert.equal(result["dnsAdapter"], adapter);
        });
    }

    it("is left alone by sidecars that resolve, and no GlobalDns runs", async () => {
        const plain = await run({});
        const { resources, result } = await run({ adapter: "sidecar" });
        const { added, removed, changed } = difference(plain.resources, resources);
        assert.deepEqual(added, []);
        assert.deepEqual([...removed].sort(), [...globalDnsIds, `${stubDomains}::stub-domains`].sort());
        const capture = "inputs.values.meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE";
        assert.deepEqual(Object.values(changed), [[capture]]);
        assert.ok(!("globalDnsAddress" in result));
        assert.equal(result["dnsAdapter"], "sidecar");
    });

    it("is left alone, with GlobalDns there to be asked, where it is nobody's", async () => {
        const { resources, result } = await run({ adapter: "none" }, { cluster: nodes });
        assert.deepEqual(
            resources.map(idOf).filter((id) => id.startsWith(stubDomains)),
            [],
        );
        assert.equal(result["globalDnsAddress"], "10.90.0.53");
    });

    it("is asked for where it is not certain, before anything is made", async () => {
        await assert.rejects(run({}, { cluster: nothing }), {
            message:
                'Stack "cluster1" can\'t work as it is:\n' +
                "  - which DNS this cluster has is not certain: kube-system has neither a CoreDNS nor kube-dns. Set " +
                "dns.adapter to coredns, coredns-custom, kube-dns, none or sidecar; docs/dns.md says which",
        });
    });

    it("is asked for where it may not be looked at", async () => {
        const cluster = { ...k3s, [configMapsPath]: failure("Forbidden", 403, "configmaps is forbidden") };
        await assert.rejects(run({}, { cluster }), (error: Error) => {
            assert.match(
                error.message,
                /^ {2}- the cluster DNS of "cluster1" can't be looked at: .*configmaps is forbidden; set dns\.adapter in Pulumi\.cluster1\.yaml, which makes that needless, or allow it$/m,
            );
            return true;
        });
        const { resources } = await run({ adapter: "kube-dns" }, { cluster });
        assert.equal(stub(resources).adapter, "kube-dns");
    });
});
