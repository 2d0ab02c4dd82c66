import assert from "node:assert/strict";
import { virtualAddress } from "../../lib/base/virtualAddress";
import { type Difference, difference } from "../support/difference";
import { assertGolden } from "../support/golden";
import { IstioSchemas } from "../support/istioSchemas";
import { find, idOf, type Registered } from "../support/mocks";
import { committedSettings, outputsOf, type Run, runProgram, type Settings } from "../support/program";

const serviceEntry = "kubernetes:networking.istio.io/v1:ServiceEntry";
const cart = {
    service: "cart",
    namespace: "shop",
    selector: { app: "cart" },
    serviceAccount: "cart",
    ports: [{ name: "grpc", number: 9000, protocol: "GRPC" }],
};
const wantHttpbin = { service: "httpbin", namespace: "bar", from: "cluster2" };
const wantCart = { service: "cart", namespace: "shop", from: "cluster2" };
const egress = { address: "istio-egressgateway.istio-egress.svc.cluster.local", port: 15443 };

/** What an egress gateway is made of. */
const gatewayObjects = [
    "istio-multicluster:index:EgressGateway::istio-egress",
    "istio-multicluster:index:GatewayDeployment::istio-egress-deployment",
    "kubernetes:apps/v1:Deployment::istio-egress-deployment-pods",
    "kubernetes:core/v1:Namespace::istio-egress-namespace",
    "kubernetes:core/v1:Service::istio-egress-service",
    "kubernetes:core/v1:ServiceAccount::istio-egress-deployment-account",
];
const gatewayId = "kubernetes:networking.istio.io/v1:Gateway::istio-egress-deployment-gateway";
const onwardId = (host: string) => `${serviceEntry}::${host}-import-istio-egress-entry`;
/** What says when a call is repeated, which gRPC has always. */
const routesId = (host: string) => `kubernetes:networking.istio.io/v1:VirtualService::${host}-import-routes`;

/** How the entry that a whole cluster sees changes when its calls take the other way. */
function switched(host: string, port: string): Readonly<Record<string, readonly string[]>> {
    return {
        [`${serviceEntry}::${host}-import-entry`]: [
            "dependsOn",
            "inputs.spec.endpoints.0.address",
            `inputs.spec.endpoints.0.ports.${port}`,
            "inputs.spec.resolution",
        ],
    };
}

/** The difference of two runs, with any difference in what a resource waits for as one path. */
function change(before: Pick<Run, "resources">, after: Pick<Run, "resources">): Difference {
    const { added, removed, changed } = difference(before.resources, after.resources);
    const paths = Object.entries(changed).map(([id, all]) => [
        id,
        [...new Set(all.map((path) => path.replace(/^dependsOn\.\d+$/, "dependsOn")))],
    ]);
    return { added, removed, changed: Object.fromEntries(paths) as Difference["changed"] };
}

function idsOf(resources: readonly Registered[], pattern: RegExp): readonly string[] {
    return resources.map(idOf).filter((id) => pattern.test(id));
}

describe("the egress gateway", () => {
    let ca: Settings;
    let cluster2: Settings;
    before(async () => {
        ca = await outputsOf("ca");
        const exports = [...(committedSettings("cluster2")["exports"] as readonly unknown[]), cart];
        cluster2 = await outputsOf("cluster2", { stacks: { ca }, settings: { cluster2: { exports } } });
    });

    /** cluster1 with these settings. */
    function cluster1(settings: Settings, stacks: Readonly<Record<string, Settings>> = { ca, cluster2 }) {
        return runProgram("cluster1", { stacks, settings: { cluster1: settings } });
    }

    it("of the example is the committed stack with `egress` alone added", () => {
        assert.deepEqual(committedSettings("cluster1", "egress"), {
            ...committedSettings("cluster1"),
            egress: { via: "egress" },
        });
    });

    it("of the example is test/golden/cluster1-egress.json", async () => {
        assertGolden("cluster1-egress", await cluster1(committedSettings("cluster1", "egress")));
    });

    it("is not there without an import that goes through it", async () => {
        const plain = await cluster1({});
        const direct = await cluster1({
            egress: { via: "egress", replicas: 2 },
            imports: [{ ...wantHttpbin, via: "direct" }],
        });
        assert.deepEqual(direct.resources, plain.resources);
        assert.deepEqual(direct.result, plain.result);
        const none = await cluster1({ egress: { via: "egress" }, imports: [] });
        assert.deepEqual(idsOf(none.resources, /egress/), []);
    });

    it("changes that import's entry when an import begins to go through it, and nothing else", async () => {
        const before = await cluster1({});
        const after = await cluster1({ egress: { via: "egress" } });
        const host = "httpbin.bar.global";
        assert.deepEqual(change(before, after), {
            added: [...gatewayObjects, gatewayId, onwardId(host)],
            removed: [],
            changed: switched(host, "http1"),
        });
        assert.deepEqual(after.result["imports"], [
            { ...(before.result["imports"] as readonly object[])[0], egress },
        ]);
        assert.deepEqual({ ...after.result, imports: [] }, { ...before.result, imports: [] });
        const { dependsOn = [] } = find(
            after.resources,
            serviceEntry,
            "httpbin.bar.global-import-istio-egress-entry",
        );
        assert.deepEqual(
            dependsOn.filter((id) => id.includes("egress")),
            [...gatewayObjects.filter((id) => id.startsWith("kubernetes:")), gatewayId].sort(),
        );
    });

    it("takes a second import by that import's objects and a host more", async () => {
        const first = await cluster1({ egress: { via: "egress" } });
        const second = await cluster1({ egress: { via: "egress" }, imports: [wantHttpbin, wantCart] });
        const host = "cart.shop.global";
        assert.deepEqual(change(first, second), {
            added: [
                "kubernetes:networking.istio.io/v1:DestinationRule::shop.global-imports-rule",
                `${serviceEntry}::${host}-import-entry`,
                onwardId(host),
                routesId(host),
            ],
            removed: [],
            changed: {
                "kubernetes:apps/v1:Deployment::global-dns-pods": [
                    "inputs.spec.template.spec.volumes.0.configMap.name",
                ],
                "kubernetes:core/v1:ConfigMap::global-dns-config": [
                    "inputs.data.zone.global",
                    "inputs.metadata.name",
                ],
                [gatewayId]: ["inputs.spec.servers.0.hosts.0", "inputs.spec.servers.0.hosts.1"],
            },
        });
        const { inputs } = find(
            second.resources,
            "kubernetes:networking.istio.io/v1:Gateway",
            "istio-egress-deployment-gateway",
        );
        const { servers } = inputs["spec"] as { readonly servers: readonly { readonly hosts: unknown }[] };
        assert.deepEqual(servers[0]?.hosts, ["cart.shop.global", "httpbin.bar.global"]);
    });

    it("takes only the imports that say so, whatever the stack's own way is", async () => {
        const imports = [
            { ...wantHttpbin, via: "egress" },
            { ...wantCart, via: "direct" },
        ];
        const asked = await cluster1({ imports });
        const excepted = await cluster1({ imports, egress: { via: "egress" } });
        assert.deepEqual(asked.resources, excepted.resources);
        assert.deepEqual(idsOf(asked.resources, /-egress-entry$/), [onwardId("httpbin.bar.global")]);
        assert.deepEqual(
            (asked.result["imports"] as readonly Settings[]).map((entry) => [entry["host"], entry["egress"]]),
            [
                ["httpbin.bar.global", egress],
                ["cart.shop.global", undefined],
            ],
        );
        const all = await cluster1({ egress: { via: "egress" }, imports: [wantHttpbin, wantCart] });
        assert.deepEqual(change(asked, all), {
            added: [onwardId("cart.shop.global")],
            removed: [],
            changed: {
                ...switched("cart.shop.global", "grpc"),
                [routesId("cart.shop.global")]: ["dependsOn"],
                [gatewayId]: ["inputs.spec.servers.0.hosts.0", "inputs.spec.servers.0.hosts.1"],
            },
        });
    });

    it("is there before its imports are, and gets its Gateway with the first", async () => {
        const pending = await cluster1({ egress: { via: "egress" } }, { ca });
        assert.deepEqual(idsOf(pending.resources, /egress/), gatewayObjects);
        const active = await cluster1({ egress: { via: "egress" } });
        const { added, removed } = change(pending, active);
        const host = "httpbin.bar.global";
        assert.deepEqual(added, [
            "istio-multicluster:index:ImportedServices::imports",
            "kubernetes:networking.istio.io/v1:DestinationRule::bar.global-imports-rule",
            gatewayId,
            `${serviceEntry}::${host}-import-entry`,
            onwardId(host),
        ]);
        assert.deepEqual(removed, []);
    });

    it("is found by the cluster's own domain and in the namespace that is named", async () => {
        const cluster = committedSettings("cluster1")["cluster"] as Settings;
        const { resources, result } = await cluster1({
            cluster: { ...cluster, domain: "example.internal" },
            egress: { via: "egress", namespace: "way-out", replicas: 3 },
        });
        const address = "istio-egressgateway.way-out.svc.example.internal";
        const entry = (role: string) => {
            const { inputs } = find(resources, serviceEntry, `httpbin.bar.global-import-${role}`);
            const { namespace } = inputs["metadata"] as { readonly namespace: string };
            const { endpoints } = inputs["spec"] as { readonly endpoints: readonly { address: string }[] };
            return [namespace, endpoints.map((endpoint) => endpoint.address)];
        };
        assert.deepEqual(entry("entry"), ["istio-system", [address]]);
        assert.deepEqual(entry("way-out-entry"), ["way-out", ["172.30.0.12"]]);
        assert.deepEqual((result["imports"] as readonly Settings[])[0]?.["egress"], { address, port: 15443 });
        const { inputs } = find(resources, "kubernetes:apps/v1:Deployment", "way-out-deployment-pods");
        assert.equal((inputs["spec"] as Settings)["replicas"], 3);
    });

    it("is written in objects that Istio's definitions accept", async function () {
        this.timeout(60_000);
        const schemas = new IstioSchemas();
        const { resources } = await cluster1({ egress: { via: "egress" }, imports: [wantHttpbin, wantCart] });
        const objects = resources.filter(({ type }) => type.includes(".istio.io/"));
        assert.equal(objects.length, 8);
        for (const { inputs } of objects) {
            const object = inputs as { readonly apiVersion: string; readonly kind: string };
            assert.deepEqual(schemas.problems(object), []);
        }
    });

    it("changes no virtual address", async () => {
        const { result } = await cluster1({ egress: { via: "egress" }, imports: [wantCart] });
        assert.equal(
            (result["imports"] as readonly Settings[])[0]?.["virtualAddress"],
            virtualAddress("cart.shop.global"),
        );
    });

    it("refuses a way that there is not, and a namespace in use, in one message", async () => {
        await assert.rejects(cluster1({ imports: [{ ...wantHttpbin, via: "sideways" }] }), {
            message:
                'The configuration of stack "cluster1" (Pulumi.cluster1.yaml) has 1 problem:\n' +
                "  - imports[0].via must be direct or egress",
        });
        await assert.rejects(cluster1({ egress: { via: "egress", namespace: "foo" } }), {
            message:
                'The configuration of stack "cluster1" (Pulumi.cluster1.yaml) has 1 problem:\n' +
                "  - egress.namespace is foo, where the sleep sample runs; nothing else may run beside the egress " +
                "gateway, so choose a namespace of its own",
        });
    });
});
