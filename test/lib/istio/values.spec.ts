import assert from "node:assert/strict";
import { baseValues, istiodValues, mergeValues } from "../../../lib/istio/values";

const owner = "organization/istio-multicluster/cluster1";
const everything = {
    global: {
        istioNamespace: "istio-system",
        imagePullPolicy: "IfNotPresent",
        multiCluster: { clusterName: "cluster1" },
    },
    env: { ISTIO_MULTIROOT_MESH: "true" },
    base: { validationFailurePolicy: "Fail" },
    deploymentAnnotations: {
        "istio-multicluster/owner": owner,
        "config.kubernetes.io/depends-on": "/namespaces/istio-system/ConfigMap/istio-sidecar-injector",
    },
    seccompProfile: { type: "RuntimeDefault" },
    volumes: [{ name: "istio-sidecar-injector", configMap: { name: "istio-sidecar-injector" } }],
    volumeMounts: [
        { name: "istio-sidecar-injector", mountPath: "/etc/istio-sidecar-injector", readOnly: true },
    ],
    meshConfig: {
        trustDomain: "cluster.local",
        defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } },
    },
};

const settings = {
    cluster: "cluster1",
    owner,
    trustDomain: "cluster.local",
    namespace: "istio-system",
    values: {},
};

describe("istioValues", () => {
    it("gives the base chart its namespace and its webhook's policy", () => {
        assert.deepEqual(baseValues("istio-system"), {
            global: { istioNamespace: "istio-system" },
            base: { validationFailurePolicy: "Fail" },
        });
    });

    it("gives a revision's control plane its own name, injector and validation", () => {
        assert.deepEqual(baseValues("istio-system", "1-30"), {
            global: { istioNamespace: "istio-system" },
            base: { validationFailurePolicy: "Fail" },
            defaultRevision: "1-30",
        });
        assert.deepEqual(istiodValues({ ...settings, revision: "1-30" }), {
            ...everything,
            revision: "1-30",
            deploymentAnnotations: {
                ...everything.deploymentAnnotations,
                "config.kubernetes.io/depends-on":
                    "/namespaces/istio-system/ConfigMap/istio-sidecar-injector-1-30",
            },
            volumes: [{ name: "istio-sidecar-injector", configMap: { name: "istio-sidecar-injector-1-30" } }],
        });
        assert.deepEqual(istiodValues({ ...settings, revision: "default" }), everything);
    });

    it("lets sidecars answer DNS questions where that is wanted", () => {
        assert.deepEqual(istiodValues({ ...settings, dnsCapture: false }), everything);
        const { meshConfig } = istiodValues({ ...settings, dnsCapture: true });
        assert.deepEqual(meshConfig, {
            trustDomain: "cluster.local",
            defaultConfig: {
                proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true", ISTIO_META_DNS_CAPTURE: "true" },
            },
        });
    });

    it("leaves hub and tag to the chart unless they are set", () => {
        assert.deepEqual(istiodValues(settings), everything);
        assert.deepEqual(istiodValues({ ...settings, hub: "lab.local/istio", tag: "lab" }), {
            ...everything,
            global: { ...everything.global, hub: "lab.local/istio", tag: "lab" },
        });
    });

    it("takes the callers of other trust domains, without making them one with its own", () => {
        const meshConfig = (acceptedTrustDomains: readonly string[]) =>
            istiodValues({ ...settings, trustDomain: "c1.mesh", acceptedTrustDomains })["meshConfig"];
        const { defaultConfig } = everything.meshConfig;
        assert.deepEqual(meshConfig(["c1.mesh", "c2.mesh", "c3.mesh"]), {
            trustDomain: "c1.mesh",
            caCertificates: [{ trustDomains: ["c2.mesh", "c3.mesh"] }],
            defaultConfig,
        });
        for (const none of [[], ["c1.mesh"]]) {
            assert.deepEqual(meshConfig(none), { trustDomain: "c1.mesh", defaultConfig });
        }
    });

    it("lets the user's values win, and keeps what they do not mention", () => {
        const values = {
            global: { imagePullPolicy: "Always", proxy: { logLevel: "debug" } },
            env: { PILOT_ENABLE_ALPN_FILTER: "false" },
            meshConfig: {
                trustDomain: "cluster.local",
                defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "false" } },
            },
            resources: { requests: { cpu: "100m" } },
        };
        assert.deepEqual(
            istiodValues({
                cluster: "cluster1",
                owner,
                trustDomain: "cluster.local",
                namespace: "istio-system",
                values,
            }),
            {
                global: { ...everything.global, imagePullPolicy: "Always", proxy: { logLevel: "debug" } },
                env: { ISTIO_MULTIROOT_MESH: "true", PILOT_ENABLE_ALPN_FILTER: "false" },
                base: everything.base,
                deploymentAnnotations: everything.deploymentAnnotations,
                seccompProfile: everything.seccompProfile,
                volumes: everything.volumes,
                volumeMounts: everything.volumeMounts,
                meshConfig: {
                    trustDomain: "cluster.local",
                    defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "false" } },
                },
                resources: { requests: { cpu: "100m" } },
            },
        );
    });

    it("adds the user's volumes to the one that holds istiod back", () => {
        const { volumes, volumeMounts } = istiodValues({
            cluster: "cluster1",
            owner,
            trustDomain: "cluster.local",
            namespace: "istio-system",
            values: {
                volumes: [{ name: "mine", emptyDir: {} }],
                volumeMounts: [{ name: "mine", mountPath: "/mine" }],
            },
        });
        assert.deepEqual(volumes, [...everything.volumes, { name: "mine", emptyDir: {} }]);
        assert.deepEqual(volumeMounts, [...everything.volumeMounts, { name: "mine", mountPath: "/mine" }]);
    });
});

describe("mergeValues", () => {
    it("merges trees and replaces everything else, as Helm does", () => {
        const base = { tree: { a: 1, b: 2 }, list: [1, 2], scalar: 1, kept: true, cut: { a: 1 }, grown: 1 };
        const over = { tree: { b: 3, c: 4 }, list: [3], scalar: "x", cut: null, grown: { a: 1 }, added: {} };
        assert.deepEqual(mergeValues(base, over), {
            tree: { a: 1, b: 3, c: 4 },
            list: [3],
            scalar: "x",
            kept: true,
            cut: null,
            grown: { a: 1 },
            added: {},
        });
    });

    it("changes neither of its inputs", () => {
        const base = { tree: { a: 1 } };
        const over = { tree: { b: 2 } };
        mergeValues(base, over);
        assert.deepEqual([base, over], [{ tree: { a: 1 } }, { tree: { b: 2 } }]);
    });
});
