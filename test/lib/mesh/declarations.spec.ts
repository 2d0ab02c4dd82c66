import assert from "node:assert/strict";
import {
    declaredAccess,
    declaredClusters,
    declaredSubsets,
    declaredTrust,
} from "../../../lib/mesh/declarations";
import { settingsOf } from "../../../lib/mesh/settings";

const read = (content: string, project = "istio-multicluster") => settingsOf(content, "", project) ?? {};

function declared(content: string): readonly string[] {
    return [...declaredSubsets(read(content)).keys()];
}

describe("declaredSubsets", () => {
    it("takes what is empty for left out", () => {
        const entry = "{ service: a, namespace: b, suffix: , subsets: }";
        const content = `config:\n  istio-multicluster:exports: [${entry}]\n`;
        assert.deepEqual(declared(content), ["a.b.global"]);
        assert.deepEqual(declared("config:\n  istio-multicluster:exports:\n"), []);
    });

    it("finds the hosts of a stack file's exports", () => {
        const content = [
            "encryptionsalt: v1:abc",
            "config:",
            "  istio-multicluster:cluster: { kubeconfig: k, context: c }",
            "  istio-multicluster:exports:",
            "    - { service: httpbin, namespace: bar, serviceAccount: httpbin }",
            "    - service: sleep",
            "      namespace: foo",
            "  other-project:exports:",
            "    - { service: not, namespace: ours }",
        ].join("\n");
        assert.deepEqual(declared(content), ["httpbin.bar.global", "sleep.foo.global"]);
        assert.deepEqual([...declaredSubsets(read(content, "other-project")).keys()], ["not.ours.global"]);
    });

    it("gives each the suffix that it names, or the first of the file's mesh", () => {
        const content = [
            "config:",
            "  istio-multicluster:mesh: { suffixes: [corp, mesh.example] }",
            "  istio-multicluster:exports:",
            "    - { service: a, namespace: x }",
            "    - { service: b, namespace: x, suffix: mesh.example }",
        ].join("\n");
        assert.deepEqual(declared(content), ["a.x.corp", "b.x.mesh.example"]);
    });

    const unreadable = {
        "an empty file": "",
        "a file without config": "encryptionsalt: v1:abc",
        "a file without exports": "config:\n  istio-multicluster:imports: []",
        "a text where a list belongs": "config:\n  istio-multicluster:exports: httpbin",
        "an entry without a namespace": "config:\n  istio-multicluster:exports:\n    - service: httpbin",
        "a list at the top": "- config",
        "broken YAML": "config: [",
        "an alias without its anchor": "config: *settings",
        "a tab as indent": "config:\n\ta: 1",
    };
    for (const [what, content] of Object.entries(unreadable)) {
        it(`takes ${what} for no export`, () => {
            assert.deepEqual(declared(content), []);
            assert.deepEqual(declaredClusters(read(content)), []);
            assert.equal(declaredAccess(read(content)), undefined);
        });
    }
});

describe("declaredClusters and declaredAccess", () => {
    it("find the clusters of a mesh, and how a cluster is reached", () => {
        const content = [
            "config:",
            "  istio-multicluster:ca: { clusters: [east, west], protectRoot: false }",
            "  istio-multicluster:cluster: { kubeconfig: k, context: c, ranges: [] }",
        ].join("\n");
        assert.deepEqual(declaredClusters(read(content)), ["east", "west"]);
        assert.deepEqual(declaredAccess(read(content)), { kubeconfig: "k", context: "c" });
        assert.deepEqual(declaredClusters(read(content, "other-project")), []);
    });
});

describe("declaredTrust", () => {
    const trust = (content: string) => declaredTrust(read(content));
    const defaults = { trustDomain: "cluster.local", accepted: [] };

    it("takes what is empty for left out, as the peer's own update does", () => {
        const file = (mesh: string) => `config:\n  istio-multicluster:mesh: ${mesh}\n`;
        assert.deepEqual(trust(file("")), defaults);
        assert.deepEqual(trust(file("{ suffixes: , trustDomain: a.mesh }")), {
            ...defaults,
            trustDomain: "a.mesh",
        });
    });

    it("finds a stack file's trust domains", () => {
        const content =
            "config:\n  istio-multicluster:mesh:\n    trustDomain: c1.mesh\n    acceptedTrustDomains: [c2.mesh]";
        assert.deepEqual(trust(content), { trustDomain: "c1.mesh", accepted: ["c2.mesh"] });
        assert.deepEqual(declaredTrust(read(content, "other-project")), defaults);
    });

    it("takes what is not there, or can't be read, for the defaults", () => {
        for (const mesh of ["{}", "{ suffix: mesh }", "text", "{ trustDomain: 5 }", "[", "*none"]) {
            assert.deepEqual(trust(`config:\n  istio-multicluster:mesh: ${mesh}`), defaults, mesh);
        }
        assert.deepEqual(trust(""), defaults);
    });
});
