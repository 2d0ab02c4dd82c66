import assert from "node:assert/strict";
import { difference, differentPaths } from "../support/difference";
import { find } from "../support/mocks";
import { committedSettings, outputsOf, runProgram, type Settings } from "../support/program";

const zoneChange = {
    "kubernetes:apps/v1:Deployment::global-dns-pods": ["inputs.spec.template.spec.volumes.0.configMap.name"],
    "kubernetes:core/v1:ConfigMap::global-dns-config": ["inputs.data.zone.global", "inputs.metadata.name"],
};

describe("the gateway of", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    /** cluster2's outputs with these settings of its gateway. */
    const cluster2 = (gateway?: Settings) =>
        outputsOf("cluster2", { stacks: { ca }, settings: { cluster2: { gateway } } });

    describe("the example", () => {
        it("is the committed stack with `gateway` alone added, and one changed object", async () => {
            const { gateway, ...others } = committedSettings("cluster2", "load-balancer");
            assert.deepEqual(others, committedSettings("cluster2"));
            const plain = await runProgram("cluster2", { stacks: { ca } });
            const balanced = await runProgram("cluster2", {
                stacks: { ca },
                settings: { cluster2: { gateway } },
            });
            assert.deepEqual(difference(plain.resources, balanced.resources), {
                added: [],
                removed: [],
                changed: {
                    "kubernetes:core/v1:Service::gateway-service": [
                        "inputs.metadata.annotations.example.com/internal",
                        "inputs.metadata.annotations.pulumi.com/skipAwait",
                        "inputs.spec.ports.1",
                        "inputs.spec.type",
                    ],
                },
            });
            assert.deepEqual(balanced.result["gateway"], {
                kind: "LoadBalancer",
                addresses: ["198.51.100.7"],
                port: 15443,
                peers: { cluster3: { addresses: ["172.30.0.12"], port: 31443 } },
            });
        });
    });

    describe("a cluster with other addresses for one peer", () => {
        const endpointOf = async (peer: string) => {
            const exporter = await cluster2({
                addresses: ["gateway.example.com"],
                port: 443,
                peerAddresses: { [peer]: { addresses: ["10.0.0.5", "10.0.0.6"] } },
            });
            const { resources } = await runProgram("cluster1", { stacks: { ca, cluster2: exporter } });
            const { inputs } = find(
                resources,
                "kubernetes:networking.istio.io/v1:ServiceEntry",
                "httpbin.bar.global-import-entry",
            );
            const spec = inputs["spec"] as {
                readonly resolution: string;
                readonly endpoints: readonly { readonly address: string; readonly ports: object }[];
            };
            return [spec.resolution, ...spec.endpoints.map(({ address, ports }) => [address, ports])];
        };

        it("is reached there by that peer, at the Service's own port", async () => {
            assert.deepEqual(await endpointOf("cluster1"), [
                "STATIC",
                ["10.0.0.5", { http1: 31443 }],
                ["10.0.0.6", { http1: 31443 }],
            ]);
        });

        it("is reached as usual by any other", async () => {
            assert.deepEqual(await endpointOf("cluster3"), ["DNS", ["gateway.example.com", { http1: 443 }]]);
        });

        it("tells nothing else than before", async () => {
            const plain = await cluster2();
            const given = await cluster2({ peerAddresses: { cluster3: { addresses: ["10.0.0.5"] } } });
            assert.deepEqual(differentPaths(plain, given), ["gateway.peers"]);
            const before = await runProgram("cluster1", { stacks: { ca, cluster2: plain } });
            const after = await runProgram("cluster1", { stacks: { ca, cluster2: given } });
            assert.deepEqual(after.resources, before.resources);
        });
    });
});

describe("a cluster that joins or leaves", () => {
    const names = ["cluster1", "cluster2", "cluster3"];
    const caOf = (clusters: readonly string[]) => {
        const { ca } = committedSettings("ca") as { readonly ca: Settings };
        return { settings: { ca: { ca: { ...ca, clusters } } } };
    };
    const intermediate = [
        "istio-multicluster:index:IntermediateCa::cluster3",
        "tls:index/certRequest:CertRequest::cluster3-request",
        "tls:index/locallySignedCert:LocallySignedCert::cluster3-cert",
        "tls:index/privateKey:PrivateKey::cluster3-key",
    ];
    const importObjects = [
        "kubernetes:networking.istio.io/v1:DestinationRule::far.global-imports-rule",
        "kubernetes:networking.istio.io/v1:ServiceEntry::httpbin.far.global-import-entry",
    ];
    const wanted = [
        ...(committedSettings("cluster1")["imports"] as readonly Settings[]),
        { service: "httpbin", namespace: "far", from: "cluster3" },
    ];

    it("is one intermediate for the certificate stack, and nothing else", async () => {
        const two = await runProgram("ca", caOf(names.slice(0, 2)));
        const three = await runProgram("ca", caOf(names));
        assert.deepEqual(difference(two.resources, three.resources), {
            added: intermediate,
            removed: [],
            changed: {},
        });
        assert.deepEqual(difference(three.resources, two.resources), {
            added: [],
            removed: intermediate,
            changed: {},
        });
    });

    it("is nothing at all for a cluster that imports nothing from it", async () => {
        const [two, three] = [
            await outputsOf("ca", caOf(names.slice(0, 2))),
            await outputsOf("ca", caOf(names)),
        ];
        for (const stack of ["cluster1", "cluster2"] as const) {
            const before = await runProgram(stack, { stacks: { ca: two } });
            const after = await runProgram(stack, { stacks: { ca: three } });
            assert.deepEqual(after.resources, before.resources);
            assert.deepEqual(after.result, before.result);
        }
    });

    it("is the import's objects and its name for a cluster that imports from it, which warns of the loss", async () => {
        const ca = await outputsOf("ca", caOf(names));
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const [offer] = cluster2["exports"] as readonly Settings[];
        const host = "httpbin.far.global";
        const cluster3 = {
            ...cluster2,
            cluster: "cluster3",
            exports: [{ ...offer, host, namespace: "far", virtualAddress: "240.0.0.3" }],
        };
        const settings = { cluster1: { imports: wanted } };
        const waiting = await runProgram("cluster1", { stacks: { ca, cluster2 }, settings });
        const joined = await runProgram("cluster1", { stacks: { ca, cluster2, cluster3 }, settings });
        assert.deepEqual(difference(waiting.resources, joined.resources), {
            added: importObjects,
            removed: [],
            changed: zoneChange,
        });
        // A destroyed stack is there still, and has no outputs.
        const cluster1 = await outputsOf("cluster1", { stacks: { ca, cluster2, cluster3 }, settings });
        const left = await runProgram("cluster1", {
            stacks: { ca, cluster1, cluster2, cluster3: {} },
            settings,
        });
        assert.deepEqual(difference(joined.resources, left.resources), {
            added: [],
            removed: importObjects,
            changed: zoneChange,
        });
        assert.deepEqual(left.warnings, [
            `The import of ${host} is pending: stack cluster3 is not up yet. The next update completes it. ` +
                "It was in place until now; calls to it fail from this update on.",
        ]);
        assert.deepEqual(left.result["pendingImports"], [
            { host, from: "cluster3", reason: "stack cluster3 is not up yet" },
        ]);
    });
});
