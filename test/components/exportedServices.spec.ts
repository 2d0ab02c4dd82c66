import assert from "node:assert/strict";
import { ExportedServices } from "../../components/exportedServices";
import { callersPolicy, exportServiceEntry } from "../../lib/istio/objects";
import { istioMetadata } from "../support/istioMetadata";
import { record } from "../support/mocks";

describe("ExportedServices", () => {
    const exported = {
        host: "httpbin.bar.global",
        namespace: "bar",
        virtualAddress: "240.0.0.2",
        ports: [{ name: "http1", number: 8000, targetPort: 8080, protocol: "HTTP" }],
        selector: { app: "httpbin" },
    };
    const alias = {
        type: "kubernetes:networking.istio.io/v1:ServiceEntry",
        name: "httpbin-entry",
        parent: "exports",
        inputs: {
            apiVersion: "networking.istio.io/v1",
            kind: "ServiceEntry",
            metadata: istioMetadata("httpbin.bar.global", "bar"),
            spec: exportServiceEntry(exported),
        },
    };

    it("is one ServiceEntry in the namespace of the pods", async () => {
        const { resources } = await record(() => {
            new ExportedServices("exports").add("httpbin", exported);
            return undefined;
        });
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:ExportedServices", name: "exports", inputs: {} },
            alias,
        ]);
    });

    it("has a policy before that where its callers are named", async () => {
        const args = {
            ...exported,
            principals: ["c1.mesh/ns/foo/sa/sleep"],
        };
        const { resources } = await record(() => {
            new ExportedServices("exports").add("httpbin", args);
            return undefined;
        });
        assert.deepEqual(resources.slice(1), [
            { ...alias, dependsOn: ["kubernetes:security.istio.io/v1:AuthorizationPolicy::httpbin-callers"] },
            {
                type: "kubernetes:security.istio.io/v1:AuthorizationPolicy",
                name: "httpbin-callers",
                parent: "exports",
                inputs: {
                    apiVersion: "security.istio.io/v1",
                    kind: "AuthorizationPolicy",
                    metadata: istioMetadata("httpbin.bar.global", "bar"),
                    spec: callersPolicy(args),
                },
            },
        ]);
    });

    it("has a rule for its versions, and names the identities that callers accept", async () => {
        const args = {
            ...exported,
            identities: ["spiffe://cluster.local/ns/bar/sa/httpbin"],
        };
        const subsets = [{ name: "v1", labels: { version: "v1" } }];
        const { resources } = await record(() => {
            new ExportedServices("exports").add("httpbin", { ...args, subsets });
            return undefined;
        });
        const metadata = istioMetadata(args.host, "bar");
        assert.deepEqual(
            resources.slice(1).map(({ name, inputs }) => [name, inputs]),
            [
                [
                    "httpbin-rule",
                    {
                        apiVersion: "networking.istio.io/v1",
                        kind: "DestinationRule",
                        metadata,
                        spec: { host: args.host, exportTo: ["*"], subsets },
                    },
                ],
                [
                    "httpbin-entry",
                    {
                        apiVersion: "networking.istio.io/v1",
                        kind: "ServiceEntry",
                        metadata,
                        spec: {
                            ...exportServiceEntry({ ...args, identities: undefined }),
                            subjectAltNames: args.identities,
                        },
                    },
                ],
            ],
        );
    });
});
