import assert from "node:assert/strict";
import { rootCertPem, secret } from "../support/mocks";
import { outputsOf, runProgram, type Settings } from "../support/program";

const rootKey = "(private key root-key)";
const notUp = 'Stack "ca", which holds the mesh\'s certificates, is not up yet. Run `pulumi up -s ca` first.';
const noIntermediate =
    'Stack "ca" has no intermediate CA for "cluster2". Add cluster2 to its clusters in Pulumi.ca.yaml ' +
    "and run `pulumi up -s ca` first.";
const standIn = "(known once the certificate stack is up)";

describe("the certificates", () => {
    let ca: Settings;
    before(async () => {
        ca = await outputsOf("ca");
    });

    it("leave their stack without the root's key, and each intermediate only as a secret", async () => {
        const { result } = await runProgram("ca");
        assert.deepEqual(result, {
            contractVersion: 1,
            rootCertPem,
            rootExpiry: "2126-01-01T00:00:00Z",
            intermediates: secret({
                cluster1: {
                    certPem: "(certificate cluster1-cert)\n",
                    privateKeyPem: "(private key cluster1-key)",
                },
                cluster2: {
                    certPem: "(certificate cluster2-cert)\n",
                    privateKeyPem: "(private key cluster2-key)",
                },
            }),
            intermediateExpiry: { cluster1: "2125-01-01T00:00:00Z", cluster2: "2125-01-01T00:00:00Z" },
        });
        assert.ok(!JSON.stringify(result).includes(rootKey));
    });

    it("are protected unless the stack file says otherwise", async () => {
        const settings = { ca: { ca: { clusters: ["cluster1"] } } };
        const { resources } = await runProgram("ca", { settings });
        assert.deepEqual(
            resources.filter(({ protect }) => protect).map(({ name }) => name),
            ["root-key", "root-cert"],
        );
        assert.ok((await runProgram("ca")).resources.every(({ protect }) => !protect));
    });

    it("reach a cluster as one Secret that holds its own key alone", async () => {
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const { resources, result } = await runProgram("cluster1", { stacks: { ca, cluster2 } });
        const holders = (text: string) =>
            resources.filter((resource) => JSON.stringify(resource).includes(text)).map(({ name }) => name);
        assert.deepEqual(holders("(private key cluster1-key)"), ["istio-cacerts-secret"]);
        assert.deepEqual(holders("(private key cluster2-key)"), []);
        assert.deepEqual(holders(rootKey), []);
        assert.ok(!JSON.stringify(result).includes("private key"));
        const [holder] = resources.filter(({ name }) => name === "istio-cacerts-secret");
        assert.deepEqual(
            holder?.inputs["stringData"],
            secret({
                "ca-cert.pem": "(certificate cluster1-cert)\n",
                "ca-key.pem": "(private key cluster1-key)",
                "root-cert.pem": rootCertPem,
                "cert-chain.pem": `(certificate cluster1-cert)\n${rootCertPem}`,
            }),
        );
    });

    it("must be up before a cluster", async () => {
        await assert.rejects(runProgram("cluster2"), { message: notUp });
        await assert.rejects(runProgram("cluster2", { stacks: { ca: {} } }), { message: notUp });
    });

    it("must have an intermediate for the cluster", async () => {
        const settings = { ca: { ca: { clusters: ["cluster1"] } } };
        const other = await outputsOf("ca", { settings });
        await assert.rejects(runProgram("cluster2", { stacks: { ca: other } }), { message: noIntermediate });
    });

    it("may be missing in a preview, which shows texts in their place", async () => {
        const settings = { ca: { ca: { clusters: ["cluster1"] } } };
        const other = await outputsOf("ca", { settings });
        const consequence = "This preview shows the certificates as if they would change.";
        for (const [stacks, warning] of [
            [{}, notUp],
            [{ ca: other }, noIntermediate],
        ] as const) {
            const { resources, result, warnings } = await runProgram("cluster2", { stacks, preview: true });
            assert.deepEqual(warnings, [`${warning} ${consequence}`]);
            const [holder] = resources.filter(({ name }) => name === "istio-cacerts-secret");
            assert.deepEqual(
                holder?.inputs["stringData"],
                secret({
                    "ca-cert.pem": standIn,
                    "ca-key.pem": standIn,
                    "root-cert.pem": standIn,
                    "cert-chain.pem": standIn + standIn,
                }),
            );
            assert.equal(result["rootFingerprint"], "");
        }
    });

    it("cannot come from a stack of another kind", async () => {
        const cluster2 = await outputsOf("cluster2", { stacks: { ca } });
        const settings = { cluster1: { mesh: { caStack: "cluster2" }, imports: [] } };
        await assert.rejects(runProgram("cluster1", { stacks: { cluster2 }, settings }), {
            message:
                'Stack "cluster2" is a cluster and holds no certificates. Correct mesh.caStack in Pulumi.cluster1.yaml.',
        });
    });
});
