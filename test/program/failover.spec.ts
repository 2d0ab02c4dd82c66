import assert from "node:assert/strict";
import { assertGolden } from "../support/golden";
import { IstioSchemas } from "../support/istioSchemas";
import { idOf } from "../support/mocks";
import { committedSettings, outputsOf, runProgram, type Settings } from "../support/program";

const host = "httpbin.bar.global";

describe("one host of several clusters", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("of the example, own pods first, is test/golden/cluster1-failover.json", async () => {
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const settings = { cluster1: committedSettings("cluster1", "failover") };
        const run = await runProgram("cluster1", { stacks: { ca, cluster2 }, settings });
        assertGolden("cluster1-failover", run);
        assert.deepEqual(run.result["imports"], [
            {
                host,
                from: ["cluster2"],
                ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
                virtualAddress: "240.0.0.2",
                applied: {
                    gateways: { cluster2: { addresses: ["172.30.0.12"], port: 31443 } },
                    identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
                },
            },
        ]);
        assertGoodObjects(run.resources);
    });

    it("of the example, by version, is test/golden/cluster1-versions.json", async () => {
        const exporter = committedSettings("cluster2", "versions");
        const cluster2 = await outputsOf("cluster2", { stacks: { ca }, settings: { cluster2: exporter } });
        const [exported] = cluster2["exports"] as readonly Settings[];
        assert.deepEqual(exported?.["subsets"], ["v1", "v2"]);
        const settings = { cluster1: committedSettings("cluster1", "versions"), cluster2: exporter };
        const run = await runProgram("cluster1", { stacks: { ca, cluster2 }, settings });
        assertGolden("cluster1-versions", run);
        assertGoodObjects(run.resources);
        const other = await runProgram("cluster2", { stacks: { ca }, settings: { cluster2: exporter } });
        assert.deepEqual(
            other.resources.map(idOf).filter((id) => id.endsWith(`${host}-rule`)),
            [`kubernetes:networking.istio.io/v1:DestinationRule::${host}-rule`],
        );
        assertGoodObjects(other.resources);
    });

    it("refuses two exporters with different ports in one message", async () => {
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const [exported] = cluster2["exports"] as readonly Settings[];
        const ports = [{ name: "http1", number: 80, protocol: "HTTP" }];
        const cluster3 = {
            ...cluster2,
            cluster: "cluster3",
            exports: [{ ...exported, ports, virtualAddress: "240.0.0.3" }],
        };
        const imports = [{ service: "httpbin", namespace: "bar", from: ["cluster2", "cluster3"] }];
        const settings = { cluster1: { ...committedSettings("cluster1"), imports } };
        const known = ca["intermediates"] as Settings;
        const whole = { ...ca, intermediates: { ...known, cluster3: known["cluster2"] } };
        const stacks = { ca: whole, cluster2, cluster3 };
        await assert.rejects(runProgram("cluster1", { stacks, settings }), {
            message: [
                'Stack "cluster1" can\'t work as it is:',
                "  - imports[0] takes httpbin.bar.global to be one service of cluster2, cluster3, but cluster2 exports it " +
                    "with port http1 8000 HTTP and cluster3 with http1 80 HTTP; make the ports the same in " +
                    "Pulumi.cluster2.yaml and Pulumi.cluster3.yaml, or import it from one of them",
                "  - imports[0] takes httpbin.bar.global to be one service of cluster2, cluster3, but cluster2 exports it " +
                    "with virtual address 240.0.0.2 and cluster3 with 240.0.0.3; pin the same virtualAddress in " +
                    "Pulumi.cluster2.yaml and Pulumi.cluster3.yaml, or import it from one of them",
            ].join("\n"),
        });
    });
});

/** Istio's own definitions accept every object. */
function assertGoodObjects(resources: readonly { readonly type: string; readonly inputs: object }[]): void {
    const schemas = new IstioSchemas();
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:networking.istio.io/"));
    assert.ok(objects.length >= 2);
    for (const { inputs } of objects) {
        assert.deepEqual(schemas.problems(inputs as { apiVersion: string; kind: string }), []);
    }
}
