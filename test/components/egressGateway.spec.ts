import assert from "node:assert/strict";
import { EgressGateway, type EgressGatewayArgs } from "../../components/egressGateway";
import { istioMetadata } from "../support/istioMetadata";
import { find, record, type Registered } from "../support/mocks";

const labels = { app: "istio-egressgateway", istio: "egressgateway" };
const namespaceId = "kubernetes:core/v1:Namespace::egress-namespace";
const args: EgressGatewayArgs = {
    istio: [],
    namespace: "way-out",
    clusterDomain: "example.internal",
    hosts: ["orders.shop.global", "httpbin.bar.global"],
    replicas: 2,
    resources: { requests: { cpu: "50m" }, limits: { memory: "1Gi" } },
};

async function make(changes: Partial<EgressGatewayArgs> = {}) {
    return record(() => {
        const { namespace, address } = new EgressGateway("egress", { ...args, ...changes });
        return { namespace, address };
    });
}

/** Type, name and parent of each. */
function tree(resources: readonly Registered[]): readonly string[] {
    return resources.map(({ type, name, parent = "" }) => `${parent} > ${type}::${name}`);
}

describe("EgressGateway", () => {
    it("is a proxy in a namespace of its own, its Service, and a Gateway", async () => {
        const { resources, result } = await make();
        assert.deepEqual(tree(resources), [
            " > istio-multicluster:index:EgressGateway::egress",
            "egress > istio-multicluster:index:GatewayDeployment::egress-deployment",
            "egress-deployment > kubernetes:apps/v1:Deployment::egress-deployment-pods",
            "egress > kubernetes:core/v1:Namespace::egress-namespace",
            "egress > kubernetes:core/v1:Service::egress-service",
            "egress-deployment > kubernetes:core/v1:ServiceAccount::egress-deployment-account",
            "egress-deployment > kubernetes:networking.istio.io/v1:Gateway::egress-deployment-gateway",
        ]);
        assert.deepEqual(result, {
            namespace: "way-out",
            address: "istio-egressgateway.way-out.svc.example.internal",
        });
    });

    it("has a Service inside the cluster only", async () => {
        const { resources } = await make();
        assert.deepEqual(find(resources, "kubernetes:core/v1:Service", "egress-service"), {
            type: "kubernetes:core/v1:Service",
            name: "egress-service",
            parent: "egress",
            dependsOn: [namespaceId],
            inputs: {
                apiVersion: "v1",
                kind: "Service",
                metadata: {
                    name: "istio-egressgateway",
                    namespace: "way-out",
                    labels,
                    annotations: { "pulumi.com/skipAwait": "true" },
                },
                spec: { selector: labels, ports: [{ name: "tls", port: 15443, targetPort: 15443 }] },
            },
        });
    });

    it("passes on exactly the imported hosts", async () => {
        const { resources } = await make();
        const { inputs } = find(
            resources,
            "kubernetes:networking.istio.io/v1:Gateway",
            "egress-deployment-gateway",
        );
        assert.deepEqual(inputs, {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: istioMetadata("istio-egressgateway", "way-out"),
            spec: {
                selector: labels,
                servers: [
                    {
                        port: { name: "tls", number: 15443, protocol: "TLS" },
                        tls: { mode: "AUTO_PASSTHROUGH" },
                        hosts: ["httpbin.bar.global", "orders.shop.global"],
                    },
                ],
            },
        });
    });

    it("runs the pods that it is told to, selected by its own labels", async () => {
        const { resources } = await make();
        const { inputs } = find(resources, "kubernetes:apps/v1:Deployment", "egress-deployment-pods");
        const { replicas, selector, template } = inputs["spec"] as {
            readonly replicas: number;
            readonly selector: unknown;
            readonly template: { readonly metadata: unknown };
        };
        assert.deepEqual(
            [inputs["metadata"], replicas, selector, template.metadata],
            [
                { name: "istio-egressgateway", namespace: "way-out", labels },
                2,
                { matchLabels: labels },
                {
                    labels: { ...labels, "sidecar.istio.io/inject": "true" },
                    annotations: { "inject.istio.io/templates": "gateway" },
                },
            ],
        );
    });

    it("has no Gateway while all of its imports are pending", async () => {
        const { resources } = await make({ hosts: [] });
        const all = await make();
        assert.deepEqual(
            tree(resources),
            tree(all.resources).filter((line) => !line.includes(":Gateway::")),
        );
    });
});
