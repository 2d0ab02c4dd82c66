import assert from "node:assert/strict";
import { ownerAnnotation } from "../../../lib/base/ownership";
import {
    callerNamespaceWarnings,
    exportNamespaceProblems,
    importNamespaceWarnings,
} from "../../../lib/cluster/namedNamespaces";
import { parseConfig } from "../../../lib/config/parse";
import { cluster, httpbin, type Raw } from "../../support/stackFile";

const owner = "organization/istio-multicluster/cluster1";

function settingsOf(raw: Raw) {
    const result = parseConfig("cluster1", { cluster, ...raw });
    assert.ok(result.kind === "cluster", JSON.stringify(result));
    return result.settings;
}

const namespace = (name: string, more = {}) => ({ metadata: { name, ...more } });
const exporting = (...namespaces: readonly string[]) =>
    settingsOf({
        exports: namespaces.map((each, index) => ({ ...httpbin, service: `s${index}`, namespace: each })),
    });

describe("exportNamespaceProblems", () => {
    const problems = (settings: ReturnType<typeof settingsOf>, ...existing: ReturnType<typeof namespace>[]) =>
        exportNamespaceProblems(settings, existing, ["made"], owner);

    it("has nothing against a namespace that is there, or that the stack makes", () => {
        assert.deepEqual(problems(exporting("bar", "made"), namespace("bar")), []);
    });

    it("says which namespace is not there, where it stands, and which one may be meant", () => {
        assert.deepEqual(problems(exporting("barr", "bar", "barr"), namespace("bar"), namespace("default")), [
            "exports[0].namespace and exports[2].namespace is barr, which the cluster does not have (it has bar); correct " +
                "it, or make the namespace before: kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 create namespace barr",
        ]);
        assert.deepEqual(problems(exporting("shop"), namespace("bar")), [
            "exports[0].namespace is shop, which the cluster does not have; correct it, or make the namespace before: " +
                "kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 create namespace shop",
        ]);
    });

    it("says that a namespace is on its way out, by somebody or by this very update", () => {
        const since = "2026-11-26T10:00:00Z";
        assert.deepEqual(problems(exporting("bar"), namespace("bar", { deletionTimestamp: since })), [
            `exports[0].namespace is bar, which is being deleted since ${since}; wait until it is gone and make it again, or ` +
                "remove the export",
        ]);
        const ours = namespace("bar", { annotations: { [ownerAnnotation]: owner } });
        assert.deepEqual(problems(exporting("bar"), ours), [
            "exports[0].namespace is bar, which this stack has made for a sample or for its egress gateway, and now deletes; " +
                "leave that in, or remove the export too",
        ]);
        const others = namespace("bar", { annotations: { [ownerAnnotation]: "organization/x/east" } });
        assert.deepEqual(problems(exporting("bar"), others), []);
    });
});

describe("callerNamespaceWarnings", () => {
    it("tells of callers of this cluster whose namespace is not there", () => {
        const caller = { namespace: "fooo", serviceAccount: "sleep" };
        const settings = settingsOf({
            mesh: { trustDomain: "a.mesh", acceptedTrustDomains: ["b.mesh"] },
            exports: [
                {
                    ...httpbin,
                    allowedFrom: [
                        { ...caller, cluster: "cluster2" },
                        { ...caller, cluster: "cluster1" },
                        { ...caller, cluster: "cluster1", namespace: "made" },
                        caller,
                    ],
                },
            ],
        });
        assert.deepEqual(callerNamespaceWarnings("cluster1", settings, [namespace("foo")], ["made"]), [
            "exports[0].allowedFrom[1].namespace is fooo, which cluster1 does not have (it has foo): nobody is let in by it.",
        ]);
    });
});

describe("importNamespaceWarnings", () => {
    it("tells of namespaces that are to see an import and are not there", () => {
        const wanted = { service: "cart", namespace: "shop", from: "cluster2" };
        const namespaces = ["foo", "made", "fooo"];
        const settings = settingsOf({ imports: [wanted, { ...wanted, service: "b", namespaces }] });
        assert.deepEqual(importNamespaceWarnings("cluster1", settings, [namespace("foo")], ["made"]), [
            "imports[1].namespaces name fooo, which cluster1 does not have (it has foo): nobody calls it from there.",
        ]);
    });
});
