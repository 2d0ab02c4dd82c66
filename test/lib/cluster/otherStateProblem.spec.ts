import assert from "node:assert/strict";
import { caStateProblem, clusterStateProblem, plainBackend } from "../../../lib/cluster/otherStateProblem";

const right =
    "    * the right backend: backend.url in Pulumi.yaml, pulumi login URL, or the variable PULUMI_BACKEND_URL.";
const adopt =
    '    * to go on from what is there, if the state of "cluster1" is lost: set cluster.adopt to true in ' +
    "Pulumi.cluster1.yaml for one update, which takes the objects over as they are.";
const newRoot =
    '    * if the state of "ca" is lost, the key of the root is lost with it: to change to a new root without a failed ' +
    "call, give the certificates that the clusters have to ca.root in Pulumi.ca.yaml, as docs/operations.md says under " +
    `"Another state than the mesh's"; or, to have calls fail until all clusters are updated and their pods restarted, set ` +
    "ca.makeAnew to true there";

describe("the message about a state that a mesh was not made with", () => {
    const cluster1 = { stack: "cluster1", caStack: "ca" };

    it("says of an empty state what is there, where the state is, and every way on", () => {
        const unknown = ["the Namespace istio-system", "the Secret cacerts"];
        assert.equal(
            clusterStateProblem({ ...cluster1, unknown }, "file:///state"),
            [
                'this state is not the one that the mesh was made with: the state of "cluster1" is empty, but the cluster ' +
                    "has of this stack the Namespace istio-system, the Secret cacerts. The backend in use is file:///state. " +
                    "Ways to go on:",
                right,
                "    * a backup of the right state: pulumi stack import --stack cluster1 --file FILE.",
                adopt,
            ].join("\n"),
        );
    });

    it("names six objects at most", () => {
        const unknown = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `the Namespace n${number}`);
        assert.match(
            clusterStateProblem({ ...cluster1, unknown }, "file:///state"),
            / the Namespace n5, the Namespace n6 and 2 more\. /,
        );
    });

    it("says of lost certificates that the root's key is lost", () => {
        const certificates = {
            strangeness: "nothing known" as const,
            clause: 'the state of "ca" holds no certificates',
        };
        assert.equal(
            clusterStateProblem(
                { ...cluster1, certificates, unknown: ["the Secret cacerts"] },
                "file:///state",
            ),
            [
                'this state is not the one that the mesh was made with: the Secret cacerts of "cluster1" is this stack\'s ' +
                    'own, but the state of "ca" holds no certificates; the state of "cluster1" is empty, but the cluster has ' +
                    "of this stack the Secret cacerts. The backend in use is file:///state. Ways to go on:",
                right,
                "    * a backup of the right state: pulumi stack import --stack ca --file FILE, pulumi stack import " +
                    "--stack cluster1 --file FILE.",
                adopt,
                `${newRoot}, then istio.replaceCaCerts in Pulumi.cluster1.yaml to true for one update.`,
            ].join("\n"),
        );
    });

    it("tells another root from an older certificate of the same", () => {
        const lines = (strangeness: "other root" | "older") =>
            clusterStateProblem(
                { ...cluster1, certificates: { strangeness, clause: "…" } },
                "file:///state",
            ).split("\n");
        const replace =
            "    * to put the certificates of this state in their place: set istio.replaceCaCerts in " +
            "Pulumi.cluster1.yaml to true for one update.";
        const backup = "    * a backup of the right state: pulumi stack import --stack ca --file FILE.";
        assert.deepEqual(lines("other root").slice(1), [
            right,
            backup,
            `${replace} That is a change of the root, and calls between old and new certificates fail.`,
        ]);
        assert.deepEqual(lines("older").slice(1), [right, backup, `${replace} The root stays the same.`]);
    });

    it("says of the certificate stack which clusters have certificates, and what is left", () => {
        const strange = ["cluster1", "cluster2"].map((cluster) => ({
            cluster,
            clause: 'the state of "ca" holds no certificates',
        }));
        const said = (state: Parameters<typeof caStateProblem>[2]) =>
            caStateProblem("ca", strange, state, "s3://states").split("\n");
        const [head, ...ways] = said({ hasState: false, hasRoot: false });
        const clause = (cluster: string) =>
            `the cluster of "${cluster}" has certificates of this mesh (its Secret cacerts), but the state of "ca" holds no ` +
            "certificates";
        assert.equal(
            head,
            `this state is not the one that the mesh was made with: ${clause("cluster1")}; ${clause("cluster2")}. The ` +
                "backend in use is s3://states. Ways to go on:",
        );
        const backup = "    * a backup of the right state: pulumi stack import --stack ca --file FILE.";
        assert.deepEqual(ways, [
            right,
            backup,
            `${newRoot} for one update, and istio.replaceCaCerts to true in Pulumi.cluster1.yaml, Pulumi.cluster2.yaml.`,
        ]);
        assert.equal(
            said({ hasState: false, hasRoot: true }).at(-1),
            "    * to go on without it: set ca.makeAnew to true in Pulumi.ca.yaml for one update. The root that the settings " +
                "give stays the same.",
        );
        assert.equal(
            said({ hasState: true, hasRoot: false }).at(-1),
            "    * to go on with this state all the same: set ca.makeAnew to true in Pulumi.ca.yaml for one update. Where a " +
                "cluster then refuses its certificates, see what it says.",
        );
    });

    it("shows a backend without what may be secret in its URL", () => {
        assert.equal(plainBackend("s3://key:secret@bucket/path?region=eu&token=abc"), "s3://bucket/path");
        assert.equal(plainBackend("file:///home/me@work/state"), "file:///home/me@work/state");
        assert.equal(plainBackend("https://api.pulumi.com"), "https://api.pulumi.com");
    });
});
