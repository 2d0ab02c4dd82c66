import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { EastWestGateway, type EastWestGatewayArgs } from "../../components/eastWestGateway";
import { istioMetadata } from "../support/istioMetadata";
import { find, record, type World } from "../support/mocks";

const labels = { app: "istio-eastwestgateway", istio: "eastwestgateway" };
const metadata = { name: "istio-eastwestgateway", namespace: "istio-system", labels };
/** The Service is the stack's own, whoever has set a field of it. */
const force = { "pulumi.com/patchForce": "true" };
const args: EastWestGatewayArgs = {
    istio: [],
    namespace: "istio-system",
    hosts: ["sleep.foo.global", "httpbin.bar.global"],
    serviceType: "NodePort",
    nodeAddresses: ["172.30.0.12"],
    annotations: {},
    replicas: 2,
    resources: { requests: { cpu: "50m" }, limits: { memory: "1Gi" } },
};

async function make(changes: Partial<EastWestGatewayArgs> = {}, world: World = {}) {
    return record(() => {
        const { addresses, port, servicePort } = new EastWestGateway("gateway", { ...args, ...changes });
        return { addresses, port, servicePort };
    }, world);
}

const service = "kubernetes:core/v1:Service";

describe("EastWestGateway", () => {
    it("is a proxy, its Service and a Gateway for exactly the exported hosts", async () => {
        const { resources, result } = await make();
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:EastWestGateway", name: "gateway", inputs: {} },
            {
                type: "istio-multicluster:index:GatewayDeployment",
                name: "gateway-deployment",
                parent: "gateway",
                inputs: {},
            },
            {
                type: "kubernetes:apps/v1:Deployment",
                name: "gateway-deployment-pods",
                parent: "gateway-deployment",
                dependsOn: ["kubernetes:core/v1:ServiceAccount::gateway-deployment-account"],
                inputs: {
                    apiVersion: "apps/v1",
                    kind: "Deployment",
                    metadata,
                    spec: {
                        replicas: 2,
                        selector: { matchLabels: labels },
                        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                        template: {
                            metadata: {
                                labels: { ...labels, "sidecar.istio.io/inject": "true" },
                                annotations: { "inject.istio.io/templates": "gateway" },
                            },
                            spec: {
                                serviceAccountName: "istio-eastwestgateway",
                                terminationGracePeriodSeconds: 60,
                                securityContext: {
                                    runAsNonRoot: true,
                                    seccompProfile: { type: "RuntimeDefault" },
                                },
                                containers: [
                                    {
                                        name: "istio-proxy",
                                        image: "auto",
                                        imagePullPolicy: "IfNotPresent",
                                        env: [{ name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" }],
                                        ports: [{ name: "tls", containerPort: 15443, protocol: "TCP" }],
                                        readinessProbe: {
                                            httpGet: { path: "/healthz/ready", port: 15021 },
                                            periodSeconds: 1,
                                            timeoutSeconds: 3,
                                            failureThreshold: 30,
                                        },
                                        resources: args.resources,
                                        securityContext: {
                                            allowPrivilegeEscalation: false,
                                            capabilities: { drop: ["ALL"] },
                                            privileged: false,
                                            readOnlyRootFilesystem: true,
                                            runAsNonRoot: true,
                                        },
                                    },
                                ],
                            },
                        },
                    },
                },
            },
            {
                type: service,
                name: "gateway-service",
                parent: "gateway",
                inputs: {
                    apiVersion: "v1",
                    kind: "Service",
                    metadata: {
                        ...metadata,
                        annotations: { ...force, "pulumi.com/skipAwait": "true" },
                    },
                    spec: {
                        type: "NodePort",
                        selector: labels,
                        ports: [{ name: "tls", port: 15443, targetPort: 15443 }],
                    },
                },
            },
            {
                type: "kubernetes:core/v1:ServiceAccount",
                name: "gateway-deployment-account",
                parent: "gateway-deployment",
                inputs: { apiVersion: "v1", kind: "ServiceAccount", metadata },
            },
            {
                type: "kubernetes:networking.istio.io/v1:Gateway",
                name: "gateway-deployment-gateway",
                parent: "gateway-deployment",
                inputs: {
                    apiVersion: "networking.istio.io/v1",
                    kind: "Gateway",
                    metadata: istioMetadata("istio-eastwestgateway", "istio-system"),
                    spec: {
                        selector: labels,
                        servers: [
                            {
                                port: { name: "tls", number: 15443, protocol: "TLS" },
                                tls: { mode: "AUTO_PASSTHROUGH" },
                                hosts: ["httpbin.bar.global", "sleep.foo.global"],
                            },
                        ],
                    },
                },
            },
        ]);
        assert.deepEqual(result, { addresses: ["172.30.0.12"], port: 31443, servicePort: 31443 });
    });

    it("has no Gateway while nothing is exported", async () => {
        const { resources } = await make({ hosts: [] });
        assert.deepEqual(
            resources.filter(({ type }) => type.endsWith(":Gateway")),
            [],
        );
    });

    it("keeps a fixed node port", async () => {
        const { resources, result } = await make({ nodePort: 32000 });
        const { spec } = find(resources, service, "gateway-service").inputs;
        assert.deepEqual((spec as { readonly ports: unknown }).ports, [
            { name: "tls", port: 15443, targetPort: 15443, nodePort: 32000 },
        ]);
        assert.deepEqual(result, { addresses: ["172.30.0.12"], port: 32000, servicePort: 32000 });
    });

    it("waits for a load balancer, whose health check it answers, and gives its address", async () => {
        const { resources, result } = await make({ serviceType: "LoadBalancer", nodeAddresses: [] });
        const { metadata: own, spec } = find(resources, service, "gateway-service").inputs;
        assert.deepEqual(own, { ...metadata, annotations: force });
        assert.deepEqual(spec, {
            type: "LoadBalancer",
            selector: labels,
            ports: [
                { name: "tls", port: 15443, targetPort: 15443 },
                { name: "status-port", port: 15021, targetPort: 15021 },
            ],
        });
        assert.deepEqual(result, { addresses: ["198.51.100.7"], port: 15443, servicePort: 15443 });
    });

    const balancers = {
        "a host name": [[{ hostname: "gateway.example.com" }], ["gateway.example.com"]],
        "an empty address beside a host name": [
            [{ ip: "", hostname: "gateway.example.com" }],
            ["gateway.example.com"],
        ],
        "several addresses, sorted": [
            [{ ip: "198.51.100.8" }, { ip: "198.51.100.7" }],
            ["198.51.100.7", "198.51.100.8"],
        ],
        "no address yet": [[], []],
        "no list yet": [undefined, []],
    } as const;
    for (const [what, [ingress, addresses]] of Object.entries(balancers)) {
        it(`takes a load balancer with ${what}`, async () => {
            const outputs = { "gateway-service": { status: { loadBalancer: { ingress } } } };
            const { result } = await make({ serviceType: "LoadBalancer" }, { outputs });
            assert.deepEqual(result, { addresses, port: 15443, servicePort: 15443 });
        });
    }

    it("does not know a load balancer's address in a preview where there is none yet", async () => {
        const outputs = { "gateway-service": { status: { loadBalancer: {} } } };
        const { result } = await make({ serviceType: "LoadBalancer" }, { outputs, preview: true });
        assert.equal(result["addresses"], pulumi.runtime.unknownValue);
        const given = { serviceType: "LoadBalancer", addresses: ["192.0.2.1"] } as const;
        assert.deepEqual((await make(given, { outputs, preview: true })).result["addresses"], ["192.0.2.1"]);
    });

    it("is reached by its node port before it loses its load balancer", async () => {
        let leave: (isLeft: boolean) => void = () => undefined;
        const hasBeenLeft = new Promise<boolean>((resolve) => {
            leave = resolve;
        });
        const known: unknown[] = [];
        const { resources } = await record(() => {
            const gateway = new EastWestGateway("gateway", {
                ...args,
                moving: { nodePort: 30555, hasBeenLeft },
            });
            pulumi.all([gateway.addresses, gateway.port, gateway.ready]).apply((place) => {
                known.push(place.slice(0, 2));
                leave(true);
            });
            return { moved: gateway.moved };
        });
        assert.deepEqual(known, [[["172.30.0.12"], 30555]]);
        const { spec } = find(resources, service, "gateway-service").inputs;
        assert.equal((spec as { readonly type: string }).type, "NodePort");
    });

    it("keeps a load balancer that is still used", async () => {
        const { resources } = await make({
            moving: { nodePort: 30555, hasBeenLeft: Promise.resolve(false) },
        });
        assert.deepEqual(
            resources.filter(({ type }) => type === service),
            [],
        );
    });

    it("tells the port that the configuration gives, and keeps the Service's own beside it", async () => {
        const addresses = ["198.51.100.9"];
        const { result } = await make({ addresses, port: 443 });
        assert.deepEqual(result, { addresses, port: 443, servicePort: 31443 });
    });

    it("annotates its Service", async () => {
        const annotations = { "example.com/internal": "true" };
        for (const [serviceType, expected] of [
            ["NodePort", { ...annotations, ...force, "pulumi.com/skipAwait": "true" }],
            ["LoadBalancer", { ...annotations, ...force }],
        ] as const) {
            const { resources } = await make({ serviceType, annotations });
            assert.deepEqual(find(resources, service, "gateway-service").inputs["metadata"], {
                ...metadata,
                annotations: expected,
            });
        }
    });

    it("takes connections from the ranges alone that the configuration gives", async () => {
        const sourceRanges = ["192.0.2.0/24"];
        const { resources } = await make({ serviceType: "LoadBalancer", sourceRanges });
        const { spec } = find(resources, service, "gateway-service").inputs as { readonly spec: object };
        assert.deepEqual(Object.entries(spec)[Object.keys(spec).indexOf("loadBalancerSourceRanges")], [
            "loadBalancerSourceRanges",
            sourceRanges,
        ]);
    });

    it("tells the addresses that the configuration gives", async () => {
        const addresses = ["gateway.example.com"];
        assert.deepEqual((await make({ addresses })).result, { addresses, port: 31443, servicePort: 31443 });
        assert.deepEqual((await make({ addresses, serviceType: "LoadBalancer" })).result, {
            addresses,
            port: 15443,
            servicePort: 15443,
        });
    });
});
