import assert from "node:assert/strict";
import { parse } from "yaml";
import { fingerprint } from "../../lib/certificates/certificates";
import { healthyCluster } from "../support/clusterApi";
import { makeCertificate } from "../support/certificates";
import { FakeApi } from "../support/fakeApi";
import { find, rootCertPem } from "../support/mocks";
import { type Case, committedSettings, outputsOf, runProgram, type Settings } from "../support/program";
import { readFileSync } from "node:fs";

const secretPath = "/api/v1/namespaces/istio-system/secrets/cacerts";
const owner = "organization/istio-multicluster/cluster2";
const owned = { "istio-multicluster/owner": owner };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const backend = "file:///wrong-state";

/** The Secret `cacerts` of a cluster, with one root. */
function cacerts(root: string, by = owner) {
    return {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
            name: "cacerts",
            namespace: "istio-system",
            annotations: { "istio-multicluster/owner": by },
            managedFields: [
                { manager: "pulumi-kubernetes-11111111", operation: "Apply", time: "2026-01-01T00:00:00Z" },
            ],
        },
        data: {
            "ca-cert.pem": base64("(certificate cluster2-cert)\n"),
            "ca-key.pem": base64("(its key)"),
            "root-cert.pem": base64(root),
        },
    };
}

/** cluster2 with what an update has made there. */
function meshOf(root: string): NonNullable<Case["cluster"]> {
    return {
        ...healthyCluster,
        "/api/v1/namespaces": { items: [{ metadata: { name: "istio-system", annotations: owned } }] },
        [secretPath]: cacerts(root),
    };
}

async function refusal(run: Promise<unknown>): Promise<string> {
    try {
        await run;
    } catch (error) {
        assert.ok(error instanceof Error && "__pulumiRunError" in error, String(error));
        assert.ok(!error.message.includes("(its key)"));
        return error.message;
    }
    return assert.fail("the program did not fail");
}

describe("a state that the mesh was not made with", function () {
    this.timeout(60_000);
    let ca: Settings;
    let mine: Settings;
    const { PULUMI_BACKEND_URL } = process.env;
    before(async () => {
        ca = await outputsOf("ca");
        mine = await outputsOf("cluster2", { stacks: { ca } });
        process.env["PULUMI_BACKEND_URL"] = backend;
    });
    after(() => {
        if (PULUMI_BACKEND_URL === undefined) delete process.env["PULUMI_BACKEND_URL"];
        else process.env["PULUMI_BACKEND_URL"] = PULUMI_BACKEND_URL;
    });

    const other = makeCertificate({ name: "Root CA" }).certPem;
    const clusterSettings = (changes: Settings): Settings => ({
        cluster: { ...(committedSettings("cluster2")["cluster"] as Settings), ...changes },
    });

    describe("by a cluster's program", () => {
        for (const preview of [false, true]) {
            const what = preview ? "a preview" : "an update";
            it(`is found in ${what} when nothing is in it`, async () => {
                const message = await refusal(
                    runProgram("cluster2", { cluster: meshOf(rootCertPem), preview }),
                );
                const [title, head = "", ...ways] = message.split("\n");
                assert.equal(title, 'Stack "cluster2" can\'t work as it is:');
                assert.equal(
                    head,
                    '  - this state is not the one that the mesh was made with: the Secret cacerts of "cluster2" is this ' +
                        'stack\'s own, but the state of "ca" holds no certificates; the state of "cluster2" is empty, but ' +
                        "the cluster has of this stack the Namespace istio-system, the Secret cacerts. The backend in use " +
                        `is ${backend}. Ways to go on:`,
                );
                assert.equal(ways.length, 4);
            });
        }

        it("is found when its own part is gone, and a stopped first update is none", async () => {
            const world = { stacks: { ca }, cluster: meshOf(rootCertPem) };
            const message = await refusal(runProgram("cluster2", world));
            assert.match(
                message,
                /made with: the state of "cluster2" is empty, but the cluster has of this stack the Namespace/,
            );
            assert.match(message, /set cluster\.adopt to true in Pulumi\.cluster2\.yaml/);
            // Every run, also one that is refused, leaves the stack itself.
            await refusal(runProgram("cluster2", { ...world, state: ["pulumi:pulumi:Stack"] }));
            await runProgram("cluster2", {
                ...world,
                state: ["pulumi:pulumi:Stack", "pulumi:providers:kubernetes"],
            });
            await runProgram("cluster2", { ...world, stacks: { ca, cluster2: mine } });
        });

        it("is found when its certificates are of another root, whatever its own part says", async () => {
            const stacks = { ca, cluster2: mine };
            const message = await refusal(runProgram("cluster2", { stacks, cluster: meshOf(other) }));
            assert.equal(
                message.split("\n")[1],
                '  - this state is not the one that the mesh was made with: the Secret cacerts of "cluster2" is this ' +
                    `stack's own, but its root (SHA-256 ${fingerprint(other).slice(0, 16)}) is none that the state of "ca" ` +
                    `knows. The backend in use is ${backend}. Ways to go on:`,
            );
            const letGo = { ...ca, formerRoots: [fingerprint(other)] };
            await runProgram("cluster2", {
                stacks: { ...stacks, ca: letGo },
                cluster: meshOf(other + rootCertPem),
            });
        });
    });

    describe("by the certificate stack's program", () => {
        let api: FakeApi;
        before(async () => {
            api = await FakeApi.start();
        });
        after(() => api.stop());
        /** Settings of a cluster whose kubeconfig leads to the fake. */
        const reached = (): Case => {
            const kubeconfig = readFileSync(api.access.kubeconfig, "utf8");
            assert.ok(parse(kubeconfig));
            return {
                settings: { cluster2: clusterSettings({ kubeconfig: "kubeconfig", context: "fake" }) },
                files: { kubeconfig },
            };
        };
        beforeEach(() => {
            api.set(secretPath, cacerts(rootCertPem));
        });

        it("is found when nothing is in it, before a root is made", async () => {
            const head =
                '  - this state is not the one that the mesh was made with: the cluster of "cluster2" has certificates of this ' +
                'mesh (its Secret cacerts), but the state of "ca" holds no certificates. The backend in use is ' +
                `${backend}. Ways to go on:`;
            for (const preview of [false, true]) {
                const message = await refusal(runProgram("ca", { ...reached(), preview }));
                assert.deepEqual(message.split("\n").slice(0, 2), ['Stack "ca" can\'t work as it is:', head]);
            }
            // The same stack as another backend calls it.
            api.set(secretPath, cacerts(rootCertPem, "acme/istio-multicluster/cluster2"));
            assert.equal((await refusal(runProgram("ca", reached()))).split("\n")[1], head);
        });

        it("is found when a root comes in, and the clusters have one that it does not know", async () => {
            api.set(secretPath, cacerts(rootCertPem + other));
            const rotation = { step: "trust", to: { name: "next" } };
            const clusters = ["cluster1", "cluster2"];
            const given = reached();
            const settings = { ...given.settings, ca: { ca: { clusters, rotation } } };
            const message = await refusal(runProgram("ca", { ...given, settings, stacks: { ca } }));
            assert.match(message, /is none that the state of "ca" knows\. The backend/);
        });

        it("is none where somebody else's certificates are there, or a cluster can't be reached", async () => {
            api.set(secretPath, cacerts(rootCertPem, "organization/other-project/cluster2"));
            const { warnings } = await runProgram("ca", reached());
            assert.deepEqual(warnings, []);
            const away = reached();
            const kubeconfig = (away.files?.["kubeconfig"] ?? "").replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
            const run = await runProgram("ca", { ...away, files: { kubeconfig } });
            assert.match(
                run.warnings.join(),
                /^Whether "cluster2" has certificates of this mesh that this state does not know can't be found out: /,
            );
        });

        it("is gone on with where the settings say so", async () => {
            const given = reached();
            const settings = {
                ...given.settings,
                ca: { ca: { clusters: ["cluster1", "cluster2"], makeAnew: true } },
            };
            const { warnings, resources } = await runProgram("ca", { ...given, settings });
            find(resources, "tls:index/selfSignedCert:SelfSignedCert", "root-cert");
            assert.deepEqual(warnings, [
                "ca.makeAnew is true, so certificates are made whatever the clusters have. Take it out of Pulumi.ca.yaml " +
                    "after this update.",
            ]);
        });
    });

    it("is made the right one by taking over what is there, under the name that it was written under", async () => {
        const adopting = (root: string) =>
            runProgram("cluster2", {
                stacks: { ca },
                cluster: meshOf(root),
                settings: { cluster2: clusterSettings({ adopt: true }) },
            });
        const { warnings, transforms, resources } = await adopting(rootCertPem);
        assert.deepEqual(warnings, [
            "cluster.adopt is true, so what the cluster has of this stack is taken over. Take it out of " +
                "Pulumi.cluster2.yaml after this update.",
        ]);
        assert.ok(transforms.has("adopt"));
        assert.ok(find(resources, "istio-multicluster:index:Istio", "istio").transforms?.includes("adopt"));
        // The root stays, so one that the certificate stack does not know is refused all the same.
        assert.match(await refusal(adopting(other)), /is none that the state of "ca" knows/);
    });
});
