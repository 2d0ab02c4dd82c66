import assert from "node:assert/strict";
import { SampleApps, type SampleAppsArgs } from "../../components/sampleApps";
import { idOf, record, type Registered } from "../support/mocks";

async function make(args: Omit<SampleAppsArgs, "istio">): Promise<readonly Registered[]> {
    const { resources } = await record(() => {
        new SampleApps("samples", { ...args, istio: [] });
        return undefined;
    });
    return resources;
}

/** Every resource of one sample but its namespace. */
function sample(
    app: string,
    namespace: string,
    servicePort: object,
    pod: { readonly terminationGracePeriodSeconds: number },
    container: object,
): readonly Registered[] {
    const namespaceId = `kubernetes:core/v1:Namespace::samples-namespace-${namespace}`;
    const metadata = { name: app, namespace, labels: { app } };
    return [
        {
            type: "kubernetes:apps/v1:Deployment",
            name: `samples-${namespace}-${app}-pods`,
            parent: "samples",
            dependsOn: [
                namespaceId,
                `kubernetes:core/v1:ServiceAccount::samples-${namespace}-${app}-account`,
            ],
            inputs: {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata,
                spec: {
                    replicas: 1,
                    selector: { matchLabels: { app } },
                    template: {
                        metadata: { labels: { app, version: "v1" } },
                        spec: {
                            ...pod,
                            serviceAccountName: app,
                            containers: [{ name: app, imagePullPolicy: "IfNotPresent", ...container }],
                        },
                    },
                },
            },
        },
        {
            type: "kubernetes:core/v1:Service",
            name: `samples-${namespace}-${app}-service`,
            parent: "samples",
            dependsOn: [namespaceId],
            inputs: {
                apiVersion: "v1",
                kind: "Service",
                metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: { selector: { app }, ports: [servicePort] },
            },
        },
        {
            type: "kubernetes:core/v1:ServiceAccount",
            name: `samples-${namespace}-${app}-account`,
            parent: "samples",
            dependsOn: [namespaceId],
            inputs: { apiVersion: "v1", kind: "ServiceAccount", metadata },
        },
    ];
}

function namespace(name: string): Registered {
    return {
        type: "kubernetes:core/v1:Namespace",
        name: `samples-namespace-${name}`,
        parent: "samples",
        inputs: {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: {
                name,
                annotations: { "istio-multicluster/owner": "organization/istio-multicluster/stack" },
                labels: { "istio-injection": "enabled" },
            },
        },
    };
}

const component = { type: "istio-multicluster:index:SampleApps", name: "samples", inputs: {} };
const sleepIn = (where: string) =>
    sample(
        "sleep",
        where,
        { name: "http", port: 80 },
        { terminationGracePeriodSeconds: 0 },
        { image: "sleep:1", command: ["/bin/sleep", "infinity"], ports: [] },
    );
const httpbinIn = (where: string) =>
    sample(
        "httpbin",
        where,
        { name: "http", port: 8000, targetPort: 8080 },
        { terminationGracePeriodSeconds: 2 },
        { image: "httpbin:1", ports: [{ containerPort: 8080 }] },
    );

function sorted(resources: readonly Registered[]): readonly Registered[] {
    return [...resources].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

describe("SampleApps", () => {
    it("deploys nothing that is not named", async () => {
        assert.deepEqual(await make({}), [component]);
    });

    it("deploys each sample into a namespace with sidecars", async () => {
        assert.deepEqual(
            await make({
                sleep: { namespace: "foo", image: "sleep:1" },
                httpbin: { namespace: "bar", image: "httpbin:1" },
            }),
            sorted([component, namespace("foo"), namespace("bar"), ...sleepIn("foo"), ...httpbinIn("bar")]),
        );
        assert.deepEqual(
            await make({ httpbin: { namespace: "bar", image: "httpbin:1" } }),
            sorted([component, namespace("bar"), ...httpbinIn("bar")]),
        );
    });

    it("makes a shared namespace once", async () => {
        assert.deepEqual(
            await make({
                sleep: { namespace: "shared", image: "sleep:1" },
                httpbin: { namespace: "shared", image: "httpbin:1" },
            }),
            sorted([component, namespace("shared"), ...sleepIn("shared"), ...httpbinIn("shared")]),
        );
    });
});
