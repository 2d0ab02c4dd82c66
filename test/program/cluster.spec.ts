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

    it("needs no nodes where their addresses are of no use", async () => {
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
