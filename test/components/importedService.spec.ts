import assert from "node:assert/strict";
import { ImportedService } from "../../components/importedService";
import { importServiceEntry } from "../../lib/meshObjects";
import { record } from "../support/mocks";

const serviceEntry = "kubernetes:networking.istio.io/v1:ServiceEntry";

describe("ImportedService", () => {
    const args = {
        host: "httpbin.bar.global",
        namespace: "istio-system",
        virtualAddress: "240.0.0.2",
        ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
        gateway: { addresses: ["172.30.0.12"], port: 31443 },
        identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
    };

    it("is a ServiceEntry and a DestinationRule", async () => {
        const { resources } = await record(() => {
            new ImportedService("httpbin", args);
            return undefined;
        });
        const metadata = { name: "httpbin.bar.global", namespace: "istio-system" };
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:ImportedService", name: "httpbin", inputs: {} },
            {
                type: "kubernetes:networking.istio.io/v1:DestinationRule",
                name: "httpbin-rule",
                parent: "httpbin",
                inputs: {
                    apiVersion: "networking.istio.io/v1",
                    kind: "DestinationRule",
                    metadata,
                    spec: {
                        host: "httpbin.bar.global",
                        exportTo: ["*"],
                        trafficPolicy: {
                            tls: { mode: "ISTIO_MUTUAL" },
                            portLevelSettings: [
                                {
                                    port: { number: 8000 },
                                    tls: { mode: "ISTIO_MUTUAL" },
                                    connectionPool: { tcp: { maxConnectionDuration: "20s" } },
                                },
                            ],
                        },
                    },
                },
            },
            {
                type: serviceEntry,
                name: "httpbin-entry",
                parent: "httpbin",
                inputs: {
                    apiVersion: "networking.istio.io/v1",
                    kind: "ServiceEntry",
                    metadata,
                    spec: importServiceEntry(args),
                },
            },
        ]);
    });

    it("through an egress gateway, leads there for all, and on to the peer for the egress gateway alone", async () => {
        const address = "istio-egressgateway.istio-egress.svc.cluster.local";
        const { resources } = await record(() => {
            new ImportedService("httpbin", { ...args, egress: { namespace: "istio-egress", address } });
            return undefined;
        });
        const entries = resources.filter(({ type }) => type === serviceEntry);
        const tlsMode = { "security.istio.io/tlsMode": "istio" };
        const same = {
            hosts: ["httpbin.bar.global"],
            addresses: ["240.0.0.2"],
            location: "MESH_INTERNAL",
            ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
            subjectAltNames: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        };
        const common = { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry" };
        assert.deepEqual(entries, [
            {
                type: serviceEntry,
                name: "httpbin-egress-entry",
                parent: "httpbin",
                inputs: {
                    ...common,
                    metadata: { name: "httpbin.bar.global", namespace: "istio-egress" },
                    spec: {
                        ...same,
                        resolution: "STATIC",
                        exportTo: ["."],
                        endpoints: [{ address: "172.30.0.12", ports: { http1: 31443 }, labels: tlsMode }],
                    },
                },
            },
            {
                type: serviceEntry,
                name: "httpbin-entry",
                parent: "httpbin",
                // The way on has to be there before anything takes the way in.
                dependsOn: [`${serviceEntry}::httpbin-egress-entry`],
                inputs: {
                    ...common,
                    metadata: { name: "httpbin.bar.global", namespace: "istio-system" },
                    spec: {
                        ...same,
                        resolution: "DNS",
                        exportTo: ["*"],
                        endpoints: [{ address, ports: { http1: 15443 }, labels: tlsMode }],
                    },
                },
            },
        ]);
        const direct = await record(() => {
            new ImportedService("httpbin", args);
            return undefined;
        });
        const others = (all: typeof resources) => all.filter(({ type }) => type !== serviceEntry);
        assert.deepEqual(others(resources), others(direct.resources));
    });
});
