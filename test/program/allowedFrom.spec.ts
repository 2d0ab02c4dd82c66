import assert from "node:assert/strict";
import { difference } from "../support/difference";
import { assertGolden } from "../support/golden";
import { IstioSchemas } from "../support/istioSchemas";
import { find } from "../support/mocks";
import { committedSettings, outputsOf, runProgram, type Settings } from "../support/program";

const policyType = "kubernetes:security.istio.io/v1:AuthorizationPolicy";
const policyId = `${policyType}::httpbin.bar.global-callers`;
const example = {
    cluster1: committedSettings("cluster1", "allowed-from"),
    cluster2: committedSettings("cluster2", "allowed-from"),
};
const sleep = { namespace: "foo", serviceAccount: "sleep" };

/** The committed exports of cluster2, the first with these callers. */
function exportsFor(allowedFrom: readonly object[]): readonly unknown[] {
    const [httpbin, ...others] = committedSettings("cluster2")["exports"] as readonly Settings[];
    return [{ ...httpbin, allowedFrom }, ...others];
}

describe("the callers of an export", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    /** cluster2 with these settings, and the files of the example beside it. */
    function cluster2(settings: Settings, others: Parameters<typeof runProgram>[1] = {}) {
        return runProgram("cluster2", {
            stacks: { ca },
            ...others,
            settings: { ...example, cluster2: settings },
        });
    }

    /** Callers that the policy of cluster2's httpbin lets in. */
    function callersOf({ resources }: Awaited<ReturnType<typeof cluster2>>): unknown {
        const { inputs } = find(resources, policyType, "httpbin.bar.global-callers");
        const { rules } = inputs["spec"] as {
            readonly rules: readonly { from?: readonly { source: { notPrincipals: unknown } }[] }[];
        };
        return rules.map(({ from }) => from?.map(({ source }) => source.notPrincipals));
    }

    it("of the example are named on top of the committed stacks", () => {
        const mesh = (cluster: string) => ({
            trustDomain: `${cluster}.mesh`,
            acceptedTrustDomains: ["cluster1.mesh", "cluster2.mesh"],
        });
        assert.deepEqual(example.cluster1, { ...committedSettings("cluster1"), mesh: mesh("cluster1") });
        assert.deepEqual(example.cluster2, {
            ...committedSettings("cluster2"),
            mesh: mesh("cluster2"),
            exports: exportsFor([{ cluster: "cluster1", ...sleep }]),
        });
    });

    it("of the example are test/golden/cluster2-allowed-from.json", async () => {
        assertGolden("cluster2-allowed-from", await cluster2(example.cluster2));
    });

    it("of the example reach cluster1 as the identity that it pins", async () => {
        const peer = await outputsOf("cluster2", { stacks: { ca }, settings: example });
        const { resources } = await runProgram("cluster1", {
            stacks: { ca, cluster2: peer },
            settings: example,
        });
        const { inputs } = find(
            resources,
            "kubernetes:networking.istio.io/v1:ServiceEntry",
            "httpbin.bar.global-import-entry",
        );
        assert.deepEqual((inputs["spec"] as Settings)["subjectAltNames"], [
            "spiffe://cluster2.mesh/ns/bar/sa/httpbin",
        ]);
    });

    it("add one policy and nothing else, which Istio's definitions accept", async function () {
        this.timeout(60_000);
        const before = await runProgram("cluster2", { stacks: { ca } });
        const settings = { cluster2: { exports: exportsFor([sleep]) } };
        const after = await runProgram("cluster2", { stacks: { ca }, settings });
        assert.deepEqual(difference(before.resources, after.resources), {
            added: [policyId],
            removed: [],
            changed: {
                "kubernetes:networking.istio.io/v1:ServiceEntry::httpbin.bar.global-entry": ["dependsOn"],
            },
        });
        assert.deepEqual(after.result, before.result);
        assert.deepEqual(callersOf(after), [[["*/ns/foo/sa/sleep"]]]);
        const { inputs } = find(after.resources, policyType, "httpbin.bar.global-callers");
        const policy = inputs as { readonly apiVersion: string; readonly kind: string };
        assert.deepEqual(new IstioSchemas().problems(policy), []);
    });

    it("are shut out, with a warning, while their cluster is not known", async () => {
        const run = await cluster2(example.cluster2, { without: ["cluster1"] });
        assert.deepEqual(callersOf(run), [undefined]);
        assert.deepEqual(run.warnings, [
            "The callers of cluster1 are shut out for now: stack cluster1 is not up yet, so its trust domain is not " +
                "known. The next update after that lets them in.",
        ]);
        const cluster1 = await outputsOf("cluster1", { stacks: { ca }, settings: example });
        const later = await cluster2(example.cluster2, { without: ["cluster1"], stacks: { ca, cluster1 } });
        assert.deepEqual(callersOf(later), [[["cluster1.mesh/ns/foo/sa/sleep"]]]);
        assert.deepEqual(later.warnings, []);
    });

    it("can't be told apart by cluster where the trust domain is the same", async () => {
        const settings = { cluster2: { exports: exportsFor([{ cluster: "cluster1", ...sleep }]) } };
        await assert.rejects(runProgram("cluster2", { stacks: { ca }, settings }), {
            message:
                'Stack "cluster2" can\'t work as it is:\n' +
                "  - exports[0].allowedFrom[0] names the cluster cluster1, but cluster2 has the same trust domain " +
                "cluster.local, so that their callers can't be told apart; leave the cluster out here, or give each " +
                "cluster a mesh.trustDomain of its own",
        });
    });

    it("must be of a cluster of the mesh, whose trust domain is accepted: all in one message", async () => {
        const callers = ["clsuter1", "cluster1"].map((cluster) => ({ cluster, ...sleep }));
        const settings = {
            ...example.cluster2,
            mesh: { trustDomain: "cluster2.mesh" },
            exports: exportsFor(callers),
        };
        await assert.rejects(cluster2(settings), {
            message:
                'Stack "cluster2" can\'t work as it is:\n' +
                "  - exports[0].allowedFrom[0] names the cluster clsuter1, which is not in this mesh: the certificate " +
                "stack knows cluster1, cluster2; correct the name\n" +
                "  - exports[0].allowedFrom[1] names the cluster cluster1, whose callers have the trust domain " +
                "cluster1.mesh, which cluster2 does not accept; add it to mesh.acceptedTrustDomains in " +
                "Pulumi.cluster2.yaml",
        });
    });

    it("must come with a trust domain that the exporter accepts", async () => {
        const peer = await outputsOf("cluster2", { stacks: { ca } });
        const settings = { cluster1: example.cluster1 };
        const message =
            'Stack "cluster1" can\'t work as it is:\n' +
            "  - mesh.trustDomain of cluster1 is cluster1.mesh, whose callers cluster2 refuses; add cluster1.mesh to " +
            "mesh.acceptedTrustDomains in Pulumi.cluster2.yaml";
        for (const without of [[], ["cluster2"]] as const) {
            const run = runProgram("cluster1", { stacks: { ca, cluster2: peer }, settings, without });
            await assert.rejects(run, { message });
        }
        // Its next update accepts them, which its file says.
        await runProgram("cluster1", { stacks: { ca, cluster2: peer }, settings: example });
    });
});
