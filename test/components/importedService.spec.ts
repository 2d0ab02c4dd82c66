import assert from "node:assert/strict";
import { ImportedService } from "../../components/importedService";
import { importServiceEntry } from "../../lib/meshObjects";
import { record } from "../support/mocks";

describe("ImportedService", () => {
    it("is a ServiceEntry and a DestinationRule", async () => {
        const args = {
            host: "httpbin.bar.global",
            namespace: "istio-system",
            virtualAddress: "240.0.0.2",
            ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
            gateway: { addresses: ["172.30.0.12"], port: 31443 },
            identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        };
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
                        trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } },
                    },
                },
            },
            {
                type: "kubernetes:networking.istio.io/v1:ServiceEntry",
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
});
