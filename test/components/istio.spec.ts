import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Istio, type IstioArgs } from "../../components/istio";
import { definitionsType } from "../../components/istioDefinitions";
import { baseValues, istiodValues } from "../../lib/istio/values";
import { providerFunctions } from "../support/dynamicProvider";
import { definition, find, record, secret } from "../support/mocks";

const chart = "kubernetes:helm.sh/v4:Chart";
const namespaceId = "kubernetes:core/v1:Namespace::istio-namespace";
const leftovers = "pulumi-nodejs:dynamic/istio-multicluster:IstioLeftovers";
const leftoversId = `${leftovers}::istio-leftovers`;
const args: IstioArgs = {
    cluster: "cluster1",
    access: { stack: "organization/mesh/cluster1", context: "cluster1" },
    trustDomain: "cluster.local",
    charts: { base: "charts/base", istiod: "charts/istiod" },
    hub: "lab.local/istio",
    tag: "lab",
    values: { env: { A: "b" } },
    ca: {
        material: {
            certPem: "(intermediate)\n",
            privateKeyPem: pulumi.secret("(key)\n"),
            rootCertPem: "(root)\n",
            trustBundlePem: "(root)\n",
        },
        owner: "organization/mesh/cluster1",
    },
    podSecurity: "restricted",
    definitions: {
        names: [definition.metadata.name],
        source: "(source)",
        content: () => Promise.resolve([definition]),
    },
    removeCrds: false,
};

/** Kept in every stack's state, so that a change of it would show as an update everywhere. */
const loader = [
    "exports.handler = () => {",
    '    const path = require("path");',
    '    require(path.resolve("load.js"));',
    '    return require(path.resolve("components/istioLeftoversProvider.ts")).provider;',
    "};",
    "",
].join("\n");

const owner = "organization/istio-multicluster/stack";

async function make(changes: Partial<IstioArgs> = {}) {
    return record(() => {
        const { namespace, ready } = new Istio("istio", { ...args, ...changes });
        return { namespace, ready: ready.map(({ urn }) => urn) };
    });
}

describe("Istio", () => {
    it("is the namespace, the certificates, the definitions, istiod and what clears up after it", async () => {
        const { resources, result } = await make();
        assert.deepEqual(resources, [
            { type: "istio-multicluster:index:CaCerts", name: "istio-cacerts", parent: "istio", inputs: {} },
            { type: "istio-multicluster:index:Istio", name: "istio", inputs: {} },
            {
                type: "kubernetes:core/v1:Namespace",
                name: "istio-namespace",
                parent: "istio",
                inputs: {
                    apiVersion: "v1",
                    kind: "Namespace",
                    metadata: {
                        name: "istio-system",
                        annotations: { "istio-multicluster/owner": owner },
                        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
                    },
                },
            },
            {
                type: "kubernetes:core/v1:Secret",
                name: "istio-cacerts-secret",
                parent: "istio-cacerts",
                dependsOn: [namespaceId],
                inputs: {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: {
                        name: "cacerts",
                        namespace: "istio-system",
                        annotations: {
                            "istio-multicluster/owner": "organization/mesh/cluster1",
                            "pulumi.com/patchForce": "true",
                        },
                    },
                    stringData: secret({
                        "ca-cert.pem": "(intermediate)\n",
                        "ca-key.pem": "(key)\n",
                        "root-cert.pem": "(root)\n",
                        "cert-chain.pem": "(intermediate)\n(root)\n",
                    }),
                },
            },
            {
                type: chart,
                name: "istio-base",
                parent: "istio",
                dependsOn: [namespaceId],
                inputs: {
                    chart: "charts/base",
                    name: "istio-base",
                    namespace: "istio-system",
                    values: baseValues("istio-system", "default", [definition.metadata.name]),
                    skipAwait: true,
                    skipCrds: true,
                },
            },
            {
                type: chart,
                name: "istio-istiod",
                parent: "istio",
                dependsOn: [namespaceId, "kubernetes:core/v1:Secret::istio-cacerts-secret", leftoversId],
                transforms: ["skipServiceAwait", "limitDelete"],
                inputs: {
                    chart: "charts/istiod",
                    name: "istiod",
                    namespace: "istio-system",
                    values: istiodValues({
                        cluster: "cluster1",
                        owner,
                        trustDomain: "cluster.local",
                        namespace: "istio-system",
                        hub: "lab.local/istio",
                        tag: "lab",
                        values: { env: { A: "b" } },
                    }),
                },
            },
            {
                type: definitionsType,
                name: "istio-definitions",
                parent: "istio",
                inputs: {
                    __provider: loader.replace("istioLeftovers", "istioDefinitions"),
                    stack: "organization/mesh/cluster1",
                    context: "cluster1",
                    removeCrds: false,
                    chart: "(source)",
                    from: "(offered)",
                },
            },
            {
                type: leftovers,
                name: "istio-leftovers",
                parent: "istio",
                inputs: { __provider: loader, stack: "organization/mesh/cluster1", context: "cluster1" },
            },
            {
                type: "pulumi-nodejs:dynamic/istio-multicluster:IstiodAnswers",
                name: "istio-answers",
                parent: "istio",
                dependsOn: [
                    `${chart}::istio-base`,
                    `${chart}::istio-istiod`,
                    `${definitionsType}::istio-definitions`,
                ],
                inputs: {
                    __provider: loader.replace("istioLeftovers", "istiodAnswers"),
                    stack: "organization/mesh/cluster1",
                    context: "cluster1",
                    namespace: "istio-system",
                },
            },
        ]);
        assert.equal(result["namespace"], "istio-system");
        const ready = result["ready"] as readonly string[];
        assert.deepEqual(
            ready.map((urn) => urn.split("::").at(-1)),
            ["istio-answers"],
        );
    });

    it("is one istiod for each revision, and the definitions and the validation of the one that is used", async () => {
        const others = [{ revision: "1-30", charts: { base: "old/base", istiod: "old/istiod" }, values: {} }];
        const { resources } = await make({ revision: "1-31", others });
        const charts = resources.filter(({ type }) => type === chart);
        assert.deepEqual(
            charts.map(({ name, inputs }) => [name, inputs["name"], inputs["chart"]]),
            [
                ["istio-base", "istio-base", "charts/base"],
                ["istio-istiod-1-30", "istiod-1-30", "old/istiod"],
                ["istio-istiod-1-31", "istiod-1-31", "charts/istiod"],
            ],
        );
        const excluded = [definition.metadata.name];
        assert.deepEqual(charts[0]?.inputs["values"], baseValues("istio-system", "1-31", excluded));
        const answers = resources.find(({ name }) => name === "istio-answers");
        assert.deepEqual(
            answers?.dependsOn?.filter((id) => id.startsWith(chart)),
            charts.map(({ name }) => `${chart}::${name}`),
        );
    });

    it("does not make a namespace that is somebody else's", async () => {
        const { resources, result } = await make({ makeNamespace: false });
        assert.deepEqual(
            resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace"),
            [],
        );
        assert.equal(result["namespace"], "istio-system");
    });

    it("limits how long a destroy waits for istiod's pods", async () => {
        const { transforms } = await make();
        const limit = transforms.get("limitDelete");
        const given = { name: "istiod", custom: true, props: {}, opts: { protect: false } };
        assert.deepEqual(await limit?.({ ...given, type: "kubernetes:apps/v1:Deployment" }), {
            props: {},
            opts: { protect: false, customTimeouts: { delete: "45s" } },
        });
        assert.equal(await limit?.({ ...given, type: "kubernetes:core/v1:Service" }), undefined);
    });

    it("clears up by code that loads the provider from the project folder", () => {
        assert.deepEqual(providerFunctions(loader), ["create", "delete", "diff", "update"]);
    });

    it("takes the charts from a Helm repository by version", async () => {
        const { resources } = await make({
            charts: { repository: "https://charts.example.com", version: "1.30.5" },
        });
        for (const role of ["base", "istiod"]) {
            const { inputs } = find(resources, chart, `istio-${role}`);
            assert.deepEqual(
                [inputs["chart"], inputs["version"], inputs["repositoryOpts"]],
                [role, "1.30.5", { repo: "https://charts.example.com" }],
            );
        }
    });

    it("lets destroy delete the definitions only where asked", async () => {
        const { resources } = await make({ removeCrds: true });
        assert.equal(find(resources, definitionsType, "istio-definitions").inputs["removeCrds"], true);
    });

    it("leaves definitions of a former state in the chart once more, and writes their resource after that", async () => {
        const { resources } = await make({ releasesDefinitions: true });
        const base = find(resources, chart, "istio-base");
        assert.deepEqual(base.inputs["values"], baseValues("istio-system"));
        assert.equal(base.inputs["skipCrds"], undefined);
        // No transform takes the mark away by which the chart has them kept.
        assert.equal(base.transforms, undefined);
        const { dependsOn = [] } = find(resources, definitionsType, "istio-definitions");
        assert.ok(dependsOn.includes(`${chart}::istio-base`), dependsOn.join());
    });

    it("waits for no Service of the chart, and for everything else", async () => {
        const { transforms } = await make();
        const skip = transforms.get("skipServiceAwait");
        const opts = { protect: false };
        const given = { name: "istiod", custom: true, opts };
        const metadata = { name: "istiod", annotations: { a: "b" } };
        assert.deepEqual(
            await skip?.({ ...given, type: "kubernetes:core/v1:Service", props: { metadata, spec: {} } }),
            {
                props: {
                    metadata: { name: "istiod", annotations: { a: "b", "pulumi.com/skipAwait": "true" } },
                    spec: {},
                },
                opts,
            },
        );
        assert.deepEqual(
            await skip?.({
                ...given,
                type: "kubernetes:core/v1:Service",
                props: { metadata: { name: "istiod" } },
            }),
            {
                props: { metadata: { name: "istiod", annotations: { "pulumi.com/skipAwait": "true" } } },
                opts,
            },
        );
        assert.equal(
            await skip?.({ ...given, type: "kubernetes:apps/v1:Deployment", props: { metadata } }),
            undefined,
        );
    });
});
