import assert from "node:assert/strict";
import { virtualAddress } from "../../lib/base/virtualAddress";
import { difference, differentPaths } from "../support/difference";
import { find } from "../support/mocks";
import { committedSettings, outputsOf, runProgram, type Settings } from "../support/program";

const cart = {
    service: "cart",
    namespace: "shop",
    selector: { app: "cart" },
    serviceAccount: "cart",
    ports: [
        { name: "grpc", number: 9000, targetPort: 9090, protocol: "GRPC" },
        { name: "tcp", number: 9001, protocol: "TCP" },
    ],
};
const cartAddress = virtualAddress("cart.shop.global");
const withCart = { cluster2: { exports: [...exported("cluster2"), cart] } };

function exported(stack: "cluster2"): readonly unknown[] {
    return committedSettings(stack)["exports"] as readonly unknown[];
}

function importing(...services: readonly object[]): { cluster1: Settings } {
    return { cluster1: { imports: services } };
}

const wantHttpbin = { service: "httpbin", namespace: "bar", from: "cluster2" };
const wantCart = { service: "cart", namespace: "shop", from: "cluster2" };

/** What a change of the mesh's names changes beside the objects of the service: the zone, and the pods that serve it. */
const zoneChange = {
    "kubernetes:apps/v1:Deployment::global-dns-pods": ["inputs.spec.template.spec.volumes.0.configMap.name"],
    "kubernetes:core/v1:ConfigMap::global-dns-config": ["inputs.data.zone.global", "inputs.metadata.name"],
};

async function rejection(run: Promise<unknown>): Promise<string> {
    try {
        await run;
    } catch (error) {
        assert.ok(
            error instanceof Error && "__pulumiRunError" in error,
            `${String(error)} would be shown with a stack`,
        );
        return error.message;
    }
    return assert.fail("the program did not fail");
}

/** Records of the zone that a run's GlobalDns serves. */
function zone({ resources }: Awaited<ReturnType<typeof runProgram>>): readonly string[] {
    const { inputs } = resources.find(({ type }) => type === "kubernetes:core/v1:ConfigMap") ?? assert.fail();
    const { "zone.global": text } = inputs["data"] as { readonly "zone.global": string };
    return text.split("\n").filter((line) => line.includes(" IN A "));
}

describe("the exchange between clusters", () => {
    let ca: Settings;
    let cluster2: Settings;
    let cluster2WithCart: Settings;
    before(async () => {
        ca = await outputsOf("ca");
        cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        cluster2WithCart = await outputsOf("cluster2", { stacks: { ca }, settings: withCart });
    });

    describe("of an export", () => {
        it("adds that export's objects and changes nothing but the gateway's hosts and the zone", async () => {
            const before = await runProgram("cluster2", { stacks: { ca } });
            const after = await runProgram("cluster2", { stacks: { ca }, settings: withCart });
            assert.deepEqual(difference(before.resources, after.resources), {
                added: ["kubernetes:networking.istio.io/v1:ServiceEntry::cart.shop.global-entry"],
                removed: [],
                changed: {
                    ...zoneChange,
                    "kubernetes:networking.istio.io/v1:Gateway::gateway-deployment-gateway": [
                        "inputs.spec.servers.0.hosts.0",
                        "inputs.spec.servers.0.hosts.1",
                    ],
                },
            });
            assert.deepEqual(zone(after), [`cart.shop.global. IN A ${cartAddress}`, ...zone(before)]);
            assert.deepEqual(differentPaths(before.result, after.result), ["exports.1"]);
            assert.deepEqual((after.result["exports"] as readonly unknown[])[1], {
                host: "cart.shop.global",
                name: "cart",
                namespace: "shop",
                ports: [
                    { name: "grpc", number: 9000, protocol: "GRPC" },
                    { name: "tcp", number: 9001, protocol: "TCP" },
                ],
                virtualAddress: cartAddress,
                identities: ["spiffe://cluster.local/ns/shop/sa/cart"],
            });
        });

        it("removed again, leaves no trace", async () => {
            const before = await runProgram("cluster2", { stacks: { ca } });
            await runProgram("cluster2", { stacks: { ca }, settings: withCart });
            const after = await runProgram("cluster2", { stacks: { ca } });
            assert.deepEqual(after.resources, before.resources);
        });
    });

    describe("of an import", () => {
        it("adds that import's objects and changes nothing but the zone", async () => {
            const stacks = { ca, cluster2: cluster2WithCart };
            const before = await runProgram("cluster1", { stacks });
            const after = await runProgram("cluster1", {
                stacks,
                settings: importing(wantHttpbin, wantCart),
            });
            assert.deepEqual(difference(before.resources, after.resources), {
                added: [
                    "kubernetes:networking.istio.io/v1:DestinationRule::shop.global-imports-rule",
                    "kubernetes:networking.istio.io/v1:ServiceEntry::cart.shop.global-import-entry",
                    "kubernetes:networking.istio.io/v1:VirtualService::cart.shop.global-import-routes",
                ],
                removed: [],
                changed: zoneChange,
            });
            assert.deepEqual(zone(after), [`cart.shop.global. IN A ${cartAddress}`, ...zone(before)]);
            assert.deepEqual(differentPaths(before.result, after.result), ["imports.1"]);
            const { inputs } = find(
                after.resources,
                "kubernetes:networking.istio.io/v1:ServiceEntry",
                "cart.shop.global-import-entry",
            );
            assert.deepEqual(inputs["spec"], {
                hosts: ["cart.shop.global"],
                addresses: [cartAddress],
                location: "MESH_INTERNAL",
                resolution: "STATIC",
                ports: [
                    { name: "grpc", number: 9000, protocol: "GRPC" },
                    { name: "tcp", number: 9001, protocol: "TCP" },
                ],
                exportTo: ["*"],
                endpoints: [
                    {
                        address: "172.30.0.12",
                        ports: { grpc: 31443, tcp: 31443 },
                        labels: { "security.istio.io/tlsMode": "istio" },
                    },
                ],
                subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/cart"],
            });
        });

        it("that completes changes nothing but itself and the zone", async () => {
            const pending = await runProgram("cluster1", { stacks: { ca } });
            const active = await runProgram("cluster1", { stacks: { ca, cluster2 } });
            assert.deepEqual(difference(pending.resources, active.resources), {
                added: [
                    "istio-multicluster:index:ImportedServices::imports",
                    "kubernetes:networking.istio.io/v1:DestinationRule::bar.global-imports-rule",
                    "kubernetes:networking.istio.io/v1:ServiceEntry::httpbin.bar.global-import-entry",
                ],
                removed: [],
                changed: zoneChange,
            });
            assert.deepEqual(pending.warnings, [
                "The import of httpbin.bar.global is pending: stack cluster2 is not up yet. The next update completes it.",
            ]);
            assert.deepEqual(active.warnings, []);
        });

        it("follows the peer's gateway when its address changes, and changes nothing else", async () => {
            const before = await runProgram("cluster1", { stacks: { ca, cluster2 } });
            const gateway = { kind: "LoadBalancer", addresses: ["gateway.example.com"], port: 15443 };
            const after = await runProgram("cluster1", {
                stacks: { ca, cluster2: { ...cluster2, gateway } },
            });
            assert.deepEqual(difference(before.resources, after.resources), {
                added: [],
                removed: [],
                changed: {
                    "kubernetes:networking.istio.io/v1:ServiceEntry::httpbin.bar.global-import-entry": [
                        "inputs.spec.endpoints.0.address",
                        "inputs.spec.endpoints.0.ports.http1",
                        "inputs.spec.resolution",
                    ],
                },
            });
        });

        it("waits for an export that is in the peer's file but not in its cluster", async () => {
            const settings = { ...importing(wantCart), ...withCart };
            const { result, warnings } = await runProgram("cluster1", { stacks: { ca, cluster2 }, settings });
            const reason = "cluster2 has not applied its export of it yet";
            assert.deepEqual(result["pendingImports"], [
                { host: "cart.shop.global", from: "cluster2", reason },
            ]);
            assert.deepEqual(warnings, [
                `The import of cart.shop.global is pending: ${reason}. The next update completes it.`,
            ]);
        });

        it("of something that is not exported fails, in a preview too", async () => {
            const text =
                'Stack "cluster1" can\'t work as it is:\n' +
                "  - imports[1] wants cart.shop.global from cluster2, but cluster2 exports only httpbin.bar.global; " +
                "add it to the exports in Pulumi.cluster2.yaml, or remove the import";
            const settings = importing(wantHttpbin, wantCart);
            for (const preview of [false, true]) {
                const up = runProgram("cluster1", { stacks: { ca, cluster2 }, settings, preview });
                assert.equal(await rejection(up), text);
                const down = runProgram("cluster1", { stacks: { ca }, settings, preview });
                assert.equal(await rejection(down), text);
            }
        });

        it("of something whose peer has no file and is not up waits", async () => {
            const { result } = await runProgram("cluster1", {
                stacks: { ca },
                settings: importing(wantCart),
                without: ["cluster2"],
            });
            const reason = "stack cluster2 is not up yet";
            assert.deepEqual(result["pendingImports"], [
                { host: "cart.shop.global", from: "cluster2", reason },
            ]);
        });

        it("with the virtual address of an own export fails", async () => {
            const settings = {
                cluster1: {
                    exports: [{ ...cart, service: "sleep", namespace: "foo", virtualAddress: "240.0.0.2" }],
                },
            };
            assert.equal(
                await rejection(runProgram("cluster1", { stacks: { ca, cluster2 }, settings })),
                'Stack "cluster1" can\'t work as it is:\n' +
                    "  - httpbin.bar.global and sleep.foo.global have the same virtual address 240.0.0.2; " +
                    "pin another virtualAddress for one of them where it is exported",
            );
        });

        it("with a virtual address that this cluster uses itself fails", async () => {
            const cluster = committedSettings("cluster1")["cluster"] as Settings;
            const settings = { cluster1: { cluster: { ...cluster, ranges: ["240.0.0.0/24"] } } };
            assert.equal(
                await rejection(runProgram("cluster1", { stacks: { ca, cluster2 }, settings })),
                'Stack "cluster1" can\'t work as it is:\n' +
                    "  - the virtual address of httpbin.bar.global can't be used here: 240.0.0.2 is inside " +
                    "240.0.0.0/24, a range that the cluster itself uses; pin another one in Pulumi.cluster2.yaml",
            );
        });

        it("from the certificate stack fails", async () => {
            const settings = importing({ ...wantHttpbin, from: "ca" });
            assert.equal(
                await rejection(runProgram("cluster1", { stacks: { ca, cluster2 }, settings })),
                'Stack "ca" holds the mesh\'s certificates and exports no services. ' +
                    'Correct "from: ca" in the imports.',
            );
        });
    });

    it("refuses outputs of another format", async () => {
        for (const [stack, contractVersion, told] of [
            ["cluster2", 2, "2"],
            ["ca", "old", '"old"'],
        ] as const) {
            const stacks = { ca, cluster2 };
            const changed = { ...stacks, [stack]: { ...stacks[stack], contractVersion } };
            assert.equal(
                await rejection(runProgram("cluster1", { stacks: changed })),
                `Stack "${stack}" was last updated by a version of this project whose outputs have format ${told}, ` +
                    `while this one reads format 1. Update "${stack}" with this version first.`,
            );
        }
    });

    it("replaces its own outputs of another format", async () => {
        const cluster1 = await outputsOf("cluster1", { stacks: { ca, cluster2 } });
        const old = { ...cluster1, contractVersion: "old" };
        const { result } = await runProgram("cluster1", { stacks: { ca, cluster1: old, cluster2 } });
        assert.equal(result["contractVersion"], 1);
    });

    it("takes a stack that exists but was never updated for one that is not up", async () => {
        const { result } = await runProgram("cluster1", { stacks: { ca, cluster2: {} } });
        const reason = "stack cluster2 is not up yet";
        assert.deepEqual(result["pendingImports"], [
            { host: "httpbin.bar.global", from: "cluster2", reason },
        ]);
    });

    it("checks connectivity to each port of an HTTP import, where asked", async () => {
        const stacks = { ca, cluster2: cluster2WithCart };
        const settings = importing(wantHttpbin, wantCart);
        const before = await runProgram("cluster1", { stacks, settings });
        const after = await runProgram("cluster1", {
            stacks,
            settings: { cluster1: { ...settings.cluster1, connectivityCheck: true } },
        });
        assert.deepEqual(difference(before.resources, after.resources), {
            added: [
                "command:local:Command::httpbin.bar.global-8000-call",
                "istio-multicluster:index:ConnectivityCheck::httpbin.bar.global-8000",
            ],
            removed: [],
            changed: {},
        });
    });
});
