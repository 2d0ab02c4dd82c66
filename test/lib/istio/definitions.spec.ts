import assert from "node:assert/strict";
import {
    claimsOf,
    claimTexts,
    type Definition,
    definitionsAmong,
    hashOf,
    inheritedFields,
    isOwnWriter,
    marksOf,
    summaryOf,
} from "../../../lib/istio/definitions";

const wanted: Definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gateways.networking.istio.io", labels: { chart: "base-1" } },
    spec: {
        group: "networking.istio.io",
        versions: [
            { name: "v1", served: true, storage: true },
            { name: "v1alpha3", served: true, storage: false },
            { name: "v0", served: false, storage: false },
        ],
    },
};

/** The same as the API server has it. */
const stored: Definition = {
    ...wanted,
    metadata: {
        ...wanted.metadata,
        resourceVersion: "7",
        managedFields: [{ manager: "istio-multicluster" }],
    },
};

function writtenBy(...managers: readonly string[]): Definition {
    return {
        ...stored,
        metadata: { ...stored.metadata, managedFields: managers.map((manager) => ({ manager })) },
    };
}

function found(definition: Definition): ReadonlyMap<string, Definition> {
    return new Map([[definition.metadata.name, definition]]);
}

describe("Istio's definitions", () => {
    it("are found among a chart's objects, in the order of their names", () => {
        const other = { ...wanted, metadata: { name: "a.networking.istio.io" } };
        const objects = [{ kind: "ServiceAccount" }, null, wanted, other];
        assert.deepEqual(definitionsAmong(objects), [other, wanted]);
    });

    it("are summed up by the versions that are served, and by a hash of all that they say", () => {
        assert.match(summaryOf(wanted), /^v1 \(stored\), v1alpha3; [0-9a-f]{12}$/);
        assert.equal(summaryOf(wanted), summaryOf(stored));
        const label = { ...wanted, metadata: { ...wanted.metadata, labels: { chart: "base-2" } } };
        const spec = { ...wanted, spec: { ...wanted.spec, scope: "Cluster" } };
        assert.equal(new Set([wanted, label, spec].map((each) => hashOf(each))).size, 3);
    });

    it("have one hash whatever the order of their keys, and whatever labels others give them", () => {
        const { spec, ...others } = wanted;
        const { versions, ...fields } = spec;
        assert.equal(hashOf({ ...others, spec: { versions, ...fields } }), hashOf(wanted));
        const marks = marksOf([wanted]);
        assert.deepEqual(marks, ["chart"]);
        const metadata = {
            ...wanted.metadata,
            labels: { chart: "base-1", mine: "yes" },
            annotations: { a: "b" },
        };
        assert.equal(hashOf({ ...wanted, metadata }, marks), hashOf(wanted));
        assert.notEqual(
            hashOf({ ...wanted, metadata: { ...metadata, labels: { mine: "yes" } } }, marks),
            hashOf(wanted),
        );
    });

    it("are this project's where it or an earlier version has written them", () => {
        assert.equal(isOwnWriter("istio-multicluster"), true);
        assert.equal(isOwnWriter("pulumi-kubernetes-1a2b3c4d"), true);
        assert.equal(isOwnWriter("helm"), false);
        assert.deepEqual(claimsOf([wanted], new Map()), []);
        assert.deepEqual(claimsOf([wanted], found(stored)), []);
        assert.deepEqual(claimsOf([wanted], found(writtenBy("kube-apiserver", "pulumi-kubernetes-1"))), []);
    });

    it("have one writer of this project's, who inherits what an earlier version has written", () => {
        const [ours, former, other] = ["istio-multicluster", "pulumi-kubernetes-1", "helm"].map(
            (manager) => ({
                manager,
                fieldsV1: { from: manager },
            }),
        ) as [object, { manager: string }, object];
        assert.equal(inheritedFields([ours, other]), undefined);
        assert.deepEqual(inheritedFields([former, other, { manager: "pulumi-kubernetes-2" }]), [
            other,
            { ...former, manager: "istio-multicluster" },
        ]);
        assert.deepEqual(inheritedFields([ours, former, other]), [ours, other]);
    });

    it("are taken over from somebody else, which is said", () => {
        const claims = claimsOf([wanted], found(writtenBy("helm", "kube-apiserver")));
        assert.deepEqual(claimTexts(claims), [
            "Istio's resource definitions that helm has written are taken over: gateways.networking.istio.io",
        ]);
    });

    it("are left as they are where they have a version that the chart's have not", () => {
        const versions = [{ name: "v2", served: true, storage: true }];
        const claims = claimsOf([wanted], found({ ...writtenBy("helm"), spec: { versions } }));
        assert.deepEqual(claimTexts(claims), [
            "Istio's resource definitions that helm has written are left as they are, since they have versions that the " +
                "chart's have not: gateways.networking.istio.io (v2)",
        ]);
    });
});
