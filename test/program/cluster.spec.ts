import assert from "node:assert/strict";
import { idOf } from "../support/mocks";
import { IstioSchemas } from "../support/istioSchemas";
import { committedSettings, node, outputsOf, runProgram, type Settings } from "../support/program";

describe("a cluster's stack", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("tells every ready node's address as its gateway's", async () => {
        const items = [node("b", "172.30.0.22"), node("a", "172.30.0.12"), node("c", "172.30.0.32", false)];
        const { result } = await runProgram("cluster2", {
            stacks: { ca },
            cluster: { "/api/v1/nodes": { items } },
        });
        assert.deepEqual(result["gateway"], {
            kind: "NodePort",
            addresses: ["172.30.0.12", "172.30.0.22"],
            port: 31443,
        });
    });

    it("says so when no node has a usable address", async () => {
        const items = [node("a", "172.30.0.12")];
        const settings = { cluster2: { gateway: { nodeAddressType: "ExternalIP" } } };
        await assert.rejects(
            runProgram("cluster2", { stacks: { ca }, settings, cluster: { "/api/v1/nodes": { items } } }),
            {
                message:
                    'No ready node of "cluster2" has an address of type ExternalIP, so the other clusters could not reach ' +
                    "its gateway. Set gateway.nodeAddressType or gateway.addresses in Pulumi.cluster2.yaml.",
            },
        );
    });

    const unreadable: readonly (readonly [string, Settings, string])[] = [
        [
            "a context that the kubeconfig does not have",
            { kubeconfig: ".lab/cluster2/kubeconfig", context: "nowhere" },
            'error: context "nowhere" does not exist',
        ],
        [
            "a kubeconfig that is not there",
            { kubeconfig: "nowhere/kubeconfig", context: "cluster2" },
            "error: stat nowhere/kubeconfig: no such file or directory",
        ],
        [
            "an API server that refuses",
            { kubeconfig: ".lab/cluster2/kubeconfig", context: "cluster2" },
            'Error from server (NotFound): "/api/v1/nodes" not found',
        ],
    ];
    for (const [what, cluster, detail] of unreadable) {
        it(`says how to look into ${what}`, async () => {
            const { kubeconfig, context } = cluster as {
                readonly kubeconfig: string;
                readonly context: string;
            };
            await assert.rejects(
                runProgram("cluster2", { stacks: { ca }, settings: { cluster2: { cluster } }, cluster: {} }),
                {
                    message:
                        `The nodes of "cluster2" can't be read: ${detail}\nCheck cluster.kubeconfig and cluster.context ` +
                        `in Pulumi.cluster2.yaml, and that \`kubectl --kubeconfig ${kubeconfig} --context ${context} ` +
                        "get nodes` works.",
                },
            );
        });
    }

    it("asks for no nodes where their addresses are of no use", async () => {
        const cases = [
            [{ type: "LoadBalancer" }, { kind: "LoadBalancer", addresses: ["198.51.100.7"], port: 15443 }],
            [
                { addresses: ["gateway.example.com"], nodePort: 32000 },
                { kind: "Manual", addresses: ["gateway.example.com"], port: 32000 },
            ],
        ] as const;
        for (const [gateway, told] of cases) {
            const settings = { cluster2: { gateway } };
            const { result } = await runProgram("cluster2", { stacks: { ca }, settings, cluster: {} });
            assert.deepEqual(result["gateway"], told);
        }
    });

    it("puts every object of the cluster behind its own provider", async () => {
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const { resources } = await runProgram("cluster1", { stacks: { ca, cluster2 } });
        const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
        assert.ok(objects.length > 10);
        assert.deepEqual(objects.filter(({ provider }) => provider !== "cluster1").map(idOf), []);
    });

    it("writes only Istio objects that Istio's definitions accept", async function () {
        this.timeout(60_000);
        const schemas = new IstioSchemas();
        const cluster2 = await runProgram("cluster2", { stacks: { ca } });
        const cluster1 = await runProgram("cluster1", { stacks: { ca, cluster2: cluster2.result } });
        const objects = [...cluster1.resources, ...cluster2.resources].filter(({ type }) =>
            type.includes(".istio.io/"),
        );
        assert.deepEqual(objects.map(({ inputs }) => inputs["kind"]).sort(), [
            "DestinationRule",
            "Gateway",
            "ServiceEntry",
            "ServiceEntry",
        ]);
        for (const { inputs } of objects) {
            const object = inputs as { readonly apiVersion: string; readonly kind: string };
            assert.deepEqual(schemas.problems(object), []);
        }
    });

    it("refuses a bad stack file with every problem in one message", async () => {
        const cluster = committedSettings("cluster1")["cluster"] as Settings;
        const settings = {
            cluster1: {
                cluster: { ...cluster, context: 1, kubconfig: "x" },
                gateway: { type: "ClusterIP" },
                import: [],
            },
        };
        await assert.rejects(runProgram("cluster1", { stacks: { ca }, settings }), {
            message: [
                'The configuration of stack "cluster1" (Pulumi.cluster1.yaml) has 4 problems:',
                "  - cluster.context must be a text",
                "  - cluster.kubconfig is not a known setting; check the spelling against docs/configuration.md",
                "  - gateway.type must be NodePort or LoadBalancer",
                "  - import is not a known setting; check the spelling against docs/configuration.md",
            ].join("\n"),
        });
    });

    it("refuses a stack file that says nothing", async () => {
        await assert.rejects(runProgram("ca", { settings: { ca: { ca: undefined } } }), {
            message: [
                'The configuration of stack "ca" (Pulumi.ca.yaml) has 1 problem:',
                "  - ca or `cluster` must be set: `ca` for the certificate stack, `cluster` for one cluster",
            ].join("\n"),
        });
    });
});
