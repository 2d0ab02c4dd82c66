import assert from "node:assert/strict";
import { ownerAnnotation } from "../../lib/base/ownership";
import { find, idOf } from "../support/mocks";
import { committedSettings, node, outputsOf, runProgram, type Settings } from "../support/program";

const namespace = (name: string, annotations = {}) => ({ metadata: { name, annotations } });
const nodes = { "/api/v1/nodes": { items: [node("node1", "172.30.0.12")] } };

/** Somebody's Istio as the API server describes it. */
const installed = {
    ...nodes,
    "/api/v1/namespaces": { items: [namespace("istio-system")] },
    "/apis/apps/v1/deployments": {
        items: [
            {
                metadata: {
                    name: "istiod",
                    namespace: "istio-system",
                    labels: { "istio.io/rev": "default" },
                },
                spec: {
                    template: {
                        spec: {
                            containers: [
                                {
                                    image: "docker.io/istio/pilot:1.29.0",
                                    env: [{ name: "ISTIO_MULTIROOT_MESH", value: "true" }],
                                },
                            ],
                        },
                    },
                },
                status: { availableReplicas: 1 },
            },
        ],
    },
    "/api/v1/namespaces/istio-system/configmaps/istio": { data: { mesh: "trustDomain: cluster.local\n" } },
    "/apis/networking.istio.io/v1": { resources: [] },
    "/api/v1/namespaces/istio-system/secrets/cacerts": {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
            name: "cacerts",
            annotations: { [ownerAnnotation]: "organization/istio-multicluster/cluster2" },
        },
    },
};

/** What a first update that was stopped half way has left in the state. */
const state = ["pulumi:providers:kubernetes"];

describe("a cluster in which something is already", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("is refused with every problem in one message when it is somebody else's", async () => {
        const cluster = { ...installed, "/api/v1/namespaces": { items: [namespace("bar")] } };
        await assert.rejects(runProgram("cluster2", { stacks: { ca }, cluster, state }), {
            message: [
                'Stack "cluster2" can\'t work as it is:',
                "  - the namespace bar exists and was not made by this stack, so that a destroy would delete what is not " +
                    "ours; set sampleApps.httpbin.namespace to another name. If it is this stack's own all the same, from an " +
                    "earlier version: kubectl --kubeconfig .lab/cluster2/kubeconfig --context cluster2 annotate namespace bar " +
                    "istio-multicluster/owner=organization/istio-multicluster/cluster2",
                "  - an istiod of somebody else runs in the namespace istio-system (Deployment istiod), and two installations " +
                    "would share the cluster's resource definitions and webhooks; set istio.install to false and " +
                    "istio.namespace to istio-system to use it, or remove it",
            ].join("\n"),
        });
    });

    it("is gone on with when it is the stack's own", async () => {
        const own = { [ownerAnnotation]: "organization/istio-multicluster/cluster2" };
        const items = [namespace("istio-system", own), namespace("bar", own)];
        const cluster = { ...installed, "/api/v1/namespaces": { items } };
        const fresh = await runProgram("cluster2", { stacks: { ca } });
        const again = await runProgram("cluster2", { stacks: { ca }, cluster, state });
        assert.deepEqual(again.resources, fresh.resources);
    });

    it("gets no namespace istio-system where somebody has made one without Istio", async () => {
        const cluster = { ...nodes, "/api/v1/namespaces": { items: [namespace("istio-system")] } };
        const { resources } = await runProgram("cluster2", { stacks: { ca }, cluster });
        const made = resources
            .filter(({ type }) => type === "kubernetes:core/v1:Namespace")
            .map(({ name }) => name);
        assert.deepEqual(made, ["samples-namespace-bar"]);
    });
});

describe("an Istio that is there already", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("gets certificates, DNS, a gateway and the services, and nothing of its own is written", async () => {
        const settings = committedSettings("cluster2", "existing-istio");
        const { resources, result, warnings } = await runProgram("cluster2", {
            stacks: { ca },
            settings: { cluster2: { ...settings, sampleApps: undefined } },
            cluster: {
                ...installed,
                "/api/v1/namespaces": { items: [namespace("istio-system"), namespace("bar")] },
            },
            state,
        });
        assert.deepEqual(warnings, []);
        assert.deepEqual(
            resources
                .filter(({ type }) => type.includes("helm") || type.includes("IstioLeftovers"))
                .map(idOf),
            [],
        );
        const objects = resources.filter(({ type }) => /^kubernetes:(?!helm)/.test(type));
        const places = objects.map(({ name, inputs }) => {
            const { namespace: place = "" } = inputs["metadata"] as { readonly namespace?: string };
            return `${name} ${place}`.trim();
        });
        assert.deepEqual(
            places.sort(),
            [
                "gateway-deployment-account istio-multicluster",
                "gateway-deployment-gateway istio-multicluster",
                "gateway-deployment-pods istio-multicluster",
                ...places.filter((line) => line.startsWith("global-dns-")).sort(),
                "gateway-service istio-multicluster",
                "httpbin.bar.global-entry bar",
                "istio-cacerts-secret istio-system",
                "istio-namespace",
            ].sort(),
        );
        assert.equal((result["exports"] as readonly unknown[]).length, 1);
        assert.equal((result["gateway"] as Settings)["namespace"], "istio-multicluster");
    });

    it("is told apart from one of another revision", async () => {
        await assert.rejects(
            runProgram("cluster2", {
                stacks: { ca },
                settings: { cluster2: { istio: { install: false, revision: "1-31" } } },
                cluster: installed,
            }),
            /no istiod of revision 1-31 runs in the namespace istio-system: there is default in istio-system/,
        );
    });
});

describe("revisions", () => {
    it("of the example are two control planes, of which the gateway and the samples use one", async () => {
        const ca = await outputsOf("ca");
        const settings = { cluster2: committedSettings("cluster2", "revisions") };
        const { resources } = await runProgram("cluster2", { stacks: { ca }, settings });
        assert.deepEqual(
            resources.filter(({ type }) => type === "kubernetes:helm.sh/v4:Chart").map(({ name }) => name),
            ["istio-base", "istio-istiod", "istio-istiod-1-31"],
        );
        const gateway = find(resources, "kubernetes:apps/v1:Deployment", "gateway-deployment-pods");
        const { template } = gateway.inputs["spec"] as { template: { metadata: { labels: Settings } } };
        assert.equal(template.metadata.labels["istio.io/rev"], "1-31");
        const bar = find(resources, "kubernetes:core/v1:Namespace", "samples-namespace-bar");
        assert.deepEqual((bar.inputs["metadata"] as { labels: Settings }).labels, { "istio.io/rev": "1-31" });
    });
});
