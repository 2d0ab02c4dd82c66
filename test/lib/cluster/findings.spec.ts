import assert from "node:assert/strict";
import { clusterFindings, type ClusterHoldings } from "../../../lib/cluster/findings";
import { parseConfig } from "../../../lib/config/parse";
import { caAnnotation, type IstiodFacts } from "../../../lib/istio/existing";
import { ownerAnnotation } from "../../../lib/base/ownership";

const owner = "organization/istio-multicluster/east";
const cluster = { kubeconfig: "kubeconfig", context: "east" };

function settingsOf(raw: Readonly<Record<string, unknown>>) {
    const result = parseConfig("east", { cluster, ...raw });
    assert.ok(result.kind === "cluster", JSON.stringify(result));
    return result.settings;
}

function namespace(
    name: string,
    annotations: Readonly<Record<string, string>> = {},
    labels: Readonly<Record<string, string>> = {},
) {
    return { metadata: { name, annotations, labels } };
}

function istiod(
    where: string,
    revision = "default",
    image = "docker.io/istio/pilot:1.30.5",
    by = owner,
): IstiodFacts {
    const name = revision === "default" ? "istiod" : `istiod-${revision}`;
    const env = [{ name: "ISTIO_MULTIROOT_MESH", value: "true" }];
    return {
        metadata: {
            name,
            namespace: where,
            labels: { app: "istiod", "istio.io/rev": revision },
            annotations: { [ownerAnnotation]: by },
        },
        spec: { template: { metadata: { annotations: {} }, spec: { containers: [{ image, env }] } } },
        status: { availableReplicas: 1 },
    };
}

const bare: ClusterHoldings = { namespaces: [namespace("default")], istiods: [], existing: undefined };
const installed = { meshConfig: "trustDomain: cluster.local\n", hasDefinitions: true, hasCaCerts: true };

function problems(raw: Readonly<Record<string, unknown>>, facts: Partial<ClusterHoldings>) {
    return clusterFindings(settingsOf(raw), { ...bare, ...facts }, owner).problems;
}

const samples = { sampleApps: { sleep: {}, httpbin: {} } };

describe("clusterFindings", () => {
    it("has nothing against a bare cluster", () => {
        assert.deepEqual(clusterFindings(settingsOf(samples), bare, owner), {
            problems: [],
            warnings: [],
            deployments: [],
            makesSystemNamespace: true,
            ours: [],
            namespaces: ["default"],
        });
    });

    it("goes on with what the stack itself has made", () => {
        const own = { [ownerAnnotation]: owner };
        const namespaces = [namespace("istio-system", own), namespace("foo", own), namespace("bar", own)];
        const istiods = [istiod("istio-system")];
        assert.deepEqual(problems(samples, { namespaces, istiods }), []);
    });

    it("refuses namespaces of somebody else, each with what to do", () => {
        const own = { [ownerAnnotation]: owner };
        const namespaces = [
            namespace("istio-system", { [ownerAnnotation]: "organization/istio-multicluster/west" }),
            namespace("istio-egress"),
            namespace("foo", { [ownerAnnotation]: "organization/istio-multicluster/west" }),
            namespace("bar", own),
        ];
        const imports = [{ service: "orders", namespace: "shop", from: "west", via: "egress" }];
        const adopt = (name: string) =>
            "If it is this stack's own all the same, from an earlier version: " +
            `kubectl --kubeconfig kubeconfig --context east annotate namespace ${name} istio-multicluster/owner=organization/istio-multicluster/east`;
        assert.deepEqual(problems({ ...samples, imports }, { namespaces }), [
            "the namespace istio-system belongs to the stack organization/istio-multicluster/west, not to " +
                "organization/istio-multicluster/east; destroy it there first",
            "the namespace istio-egress exists and was not made by this stack, so that a destroy would delete what is not ours; " +
                "set egress.namespace to another name. " +
                adopt("istio-egress"),
            "the namespace foo belongs to the stack organization/istio-multicluster/west, not to " +
                "organization/istio-multicluster/east; set sampleApps.sleep.namespace to another name",
        ]);
    });

    it("does not write into a namespace that is being deleted", () => {
        const metadata = {
            name: "bar",
            annotations: { [ownerAnnotation]: owner },
            deletionTimestamp: "2026-01-01T00:00:00Z",
        };
        assert.deepEqual(problems(samples, { namespaces: [{ metadata }] }), [
            "the namespace bar is being deleted since 2026-01-01T00:00:00Z; wait until it is gone. What it waits for is in its " +
                "status: kubectl --kubeconfig kubeconfig --context east get namespace bar -o yaml",
        ]);
    });

    it("uses an istio-system that is there without Istio, and does not take it over", () => {
        const namespaces = [namespace("istio-system")];
        for (const istiods of [[], [istiod("istio-system")]]) {
            assert.deepEqual(clusterFindings(settingsOf({}), { ...bare, namespaces, istiods }, owner), {
                problems: [],
                warnings: [],
                deployments: [],
                makesSystemNamespace: false,
                namespaces: ["istio-system"],
                ours: istiods.length > 0 ? ["the Deployment istio-system/istiod"] : [],
            });
        }
    });

    it("installs no second Istio beside one of somebody else", () => {
        const istiods = [istiod("istio-control", "prod", "pilot:1.30.5", "nobody")];
        assert.deepEqual(problems({}, { istiods }), [
            "an istiod of somebody else runs in the namespace istio-control (Deployment istiod-prod), and two installations " +
                "would share the cluster's resource definitions and webhooks; set istio.install to false and istio.namespace " +
                "to istio-control to use it, or remove it",
        ]);
    });

    it("takes away no control plane that namespaces still use", () => {
        const own = { [ownerAnnotation]: owner };
        const namespaces = [
            namespace("istio-system", own),
            namespace("foo", own, { "istio.io/rev": "1-30" }),
            namespace("shop", {}, { "istio.io/rev": "1-30" }),
            namespace("old", {}, { "istio-injection": "enabled" }),
            namespace("off", {}, { "istio-injection": "disabled", "istio.io/rev": "1-30" }),
        ];
        const istiods = [istiod("istio-system", "1-30"), istiod("istio-system", "1-31")];
        const sampleApps = { sleep: {} };
        assert.deepEqual(problems({ sampleApps, istio: { revision: "1-31" } }, { namespaces, istiods }), [
            "the update would take away the control plane of revision 1-30, from which the pods of shop get their sidecars; " +
                "label them for another revision and restart their pods, or keep 1-30 in istio.revisions",
        ]);
        const both = { revision: "1-31", revisions: { "1-30": {}, "1-31": {} } };
        assert.deepEqual(problems({ sampleApps, istio: both }, { namespaces, istiods }), []);
    });
});

describe("clusterFindings of objects that the stack has made", () => {
    const findings = (facts: Partial<ClusterHoldings>) =>
        clusterFindings(settingsOf({}), { ...bare, ...facts }, "acme/mesh/cluster1").ours;

    it("finds those of the same stack in another organization too, and none that is on its way out", () => {
        const by = (each: string) => ({ [ownerAnnotation]: each });
        const going = namespace("old", by("acme/mesh/cluster1"));
        const facts = {
            namespaces: [
                namespace("istio-system", by("acme/mesh/cluster1")),
                namespace("bar", by("organization/mesh/cluster1")),
                namespace("foo", by("acme/mesh/cluster2")),
                namespace("default"),
                { metadata: { ...going.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
            ],
            istiods: [
                istiod("istio-system", "default", "pilot", "acme/mesh/cluster1"),
                istiod("istio-system", "1-31", "pilot", ""),
            ],
        };
        assert.deepEqual(findings(facts), [
            "the Namespace istio-system",
            "the Namespace bar",
            "the Deployment istio-system/istiod",
        ]);
    });
});

describe("clusterFindings with istio.install: false", () => {
    const raw = (istio: Readonly<Record<string, unknown>> = {}, mesh = {}) => ({
        istio: { install: false, ...istio },
        mesh,
    });
    const facts: ClusterHoldings = {
        namespaces: [namespace("istio-system")],
        istiods: [istiod("istio-system"), istiod("istio-system", "1-31"), istiod("other")],
        existing: installed,
    };

    it("uses what is there, and needs no namespace of its own to be absent but the mesh's", () => {
        const settings = settingsOf(raw());
        assert.deepEqual(clusterFindings(settings, facts, owner), {
            problems: [],
            warnings: [],
            deployments: ["istiod", "istiod-1-31"],
            makesSystemNamespace: false,
            namespaces: ["istio-system"],
            ours: [
                "the Deployment istio-system/istiod",
                "the Deployment istio-system/istiod-1-31",
                "the Deployment other/istiod",
            ],
        });
        const namespaces = [namespace("istio-multicluster")];
        assert.match(
            clusterFindings(settings, { ...facts, namespaces }, owner).problems.join(),
            /^the namespace istio-multicluster exists and was not made by this stack, /,
        );
    });

    it("says what runs where the stack file names something else", () => {
        assert.deepEqual(problems(raw({ revision: "1-29" }), facts), [
            "istio.install is false, but no istiod of revision 1-29 runs in the namespace istio-system: there is default in " +
                "istio-system, 1-31 in istio-system, default in other; set istio.namespace and istio.revision to what is " +
                "installed, or istio.install to true",
        ]);
        assert.deepEqual(problems(raw(), { ...facts, istiods: [] }), [
            "istio.install is false, but no istiod of revision default runs in the namespace istio-system: there is no istiod " +
                "at all; set istio.namespace and istio.revision to what is installed, or istio.install to true",
        ]);
    });

    it("lists everything that the Istio that is there lacks", () => {
        const old = {
            ...istiod("istio-system", "default", "registry:5000/pilot:1.21.6-distroless"),
            status: {},
        };
        const existing = { meshConfig: "trustDomain: td\n", hasDefinitions: false, hasCaCerts: true };
        assert.deepEqual(problems(raw({}, { trustDomain: "example.org" }), { istiods: [old], existing }), [
            "istiod of istio-system runs Istio 1.21, but the mesh needs 1.22 or newer; upgrade it first",
            "the cluster does not serve networking.istio.io/v1, in which the mesh's objects are written; install the resource " +
                'definitions of the istiod that runs (Istio\'s chart "base")',
            "no pod of istiod in istio-system is available, so that no gateway could start; see kubectl --kubeconfig kubeconfig " +
                "--context east -n istio-system " +
                "describe deployment istiod",
            "istiod of istio-system has the trust domain td, but mesh.trustDomain is example.org; make them the same: " +
                "meshConfig.trustDomain of the installed Istio, or mesh.trustDomain in the stack file",
        ]);
    });

    it("wants sidecars that answer DNS questions where they have to", () => {
        const sidecar = { ...raw(), dns: { adapter: "sidecar" } };
        const plain = { ...facts, existing: installed };
        assert.deepEqual(problems(sidecar, plain), [
            "dns.adapter is sidecar, but istiod of istio-system does not make sidecars answer DNS questions; set " +
                'meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE of the installed Istio to "true", or choose ' +
                "another dns.adapter",
        ]);
        const proxyMetadata = 'defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } }\n';
        const capturing = { ...installed, meshConfig: installed.meshConfig + proxyMetadata };
        assert.deepEqual(problems(sidecar, { ...facts, existing: capturing }), []);
    });

    it("warns of what an update does to a running mesh, once", () => {
        const plain = istiod("istio-system", "default", "lab.local/istio/pilot:lab");
        const template = { spec: { containers: [{ image: "lab.local/istio/pilot:lab" }] } };
        const without = { ...plain, spec: { template } };
        const existing = { ...installed, meshConfig: undefined, hasCaCerts: false };
        const { problems: none, warnings } = clusterFindings(
            settingsOf(raw()),
            { ...facts, istiods: [without], existing },
            owner,
        );
        assert.deepEqual(none, []);
        assert.deepEqual(
            warnings.map((line) => line.slice(0, 75)),
            [
                "istiod of istio-system runs without ISTIO_MULTIROOT_MESH=true: the mesh wor",
                "istiod of istio-system signs with a certificate authority of its own. An up",
            ],
        );
        const switched = {
            ...plain,
            spec: {
                template: { ...plain.spec.template, metadata: { annotations: { [caAnnotation]: owner } } },
            },
        };
        assert.deepEqual(
            clusterFindings(settingsOf(raw()), { ...facts, istiods: [switched], existing }, owner).warnings,
            [],
        );
    });
});
