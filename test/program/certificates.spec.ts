import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unknownValue } from "@pulumi/pulumi/runtime";
import { daysUntil, fingerprint } from "../../lib/certificates/certificates";
import { makeCertificate } from "../support/certificates";
import { find, rootCertPem, secret } from "../support/mocks";
import { StandInKubectl } from "../support/standInKubectl";
import { committedSettings, node, outputsOf, type Run, runProgram, type Settings } from "../support/program";

const rootExpiry = "2126-01-01T00:00:00Z";
const rootFingerprint = fingerprint(rootCertPem);
const expiry = "2125-01-01T00:00:00Z";
const rootKey = "(private key root-key)";
const notUp = 'Stack "ca", which holds the mesh\'s certificates, is not up yet. Run `pulumi up -s ca` first.';
const noIntermediate =
    'Stack "ca" has no intermediate CA for "cluster2". Add cluster2 to its clusters in Pulumi.ca.yaml ' +
    "and run `pulumi up -s ca` first.";

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
            trustBundlePem: rootCertPem,
            roots: [
                {
                    name: "root",
                    source: "made",
                    fingerprint: rootFingerprint,
                    expiry: rootExpiry,
                    daysLeft: daysUntil(rootExpiry, new Date()),
                },
            ],
            signingRoot: "root",
            rootExpiry,
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
            intermediateExpiry: { cluster1: expiry, cluster2: expiry },
            intermediateDaysLeft: {
                cluster1: daysUntil(expiry, new Date()),
                cluster2: daysUntil(expiry, new Date()),
            },
            expiryWarningDays: { root: 365, intermediate: 30 },
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

    it("may be missing in a preview, which says that it can't know them", async () => {
        const settings = { ca: { ca: { clusters: ["cluster1"] } } };
        const other = await outputsOf("ca", { settings });
        const consequence = "This preview can't know the certificates.";
        for (const [stacks, warning] of [
            [{}, notUp],
            [{ ca: other }, noIntermediate],
        ] as const) {
            const { resources, result, warnings } = await runProgram("cluster2", { stacks, preview: true });
            assert.deepEqual(warnings, [`${warning} ${consequence}`]);
            const [holder] = resources.filter(({ name }) => name === "istio-cacerts-secret");
            assert.equal(holder?.inputs["stringData"], unknownValue);
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

    describe("under a root that is given", () => {
        const root = makeCertificate();
        const folder = mkdtempSync(join(tmpdir(), "root-"));
        const [certFile, keyFile] = [join(folder, "root.pem"), join(folder, "root.key")];
        before(() => {
            writeFileSync(certFile, root.certPem);
            writeFileSync(keyFile, root.privateKeyPem, { mode: 0o600 });
        });
        after(() => {
            rmSync(folder, { recursive: true, force: true });
        });
        const example = committedSettings("ca", "own-root")["ca"] as Settings;
        const exampleRoot = example["root"] as Settings;

        it("make no root, and keep its key secret", async () => {
            const settings = { ca: { ca: { ...example, root: { ...exampleRoot, certFile, keyFile } } } };
            const { resources, result, warnings } = await runProgram("ca", { settings });
            assert.deepEqual(
                resources.filter(({ type }) => /RootCa|selfSigned/.test(type)),
                [],
            );
            const signed = find(
                resources,
                "tls:index/locallySignedCert:LocallySignedCert",
                "cluster1-cert",
            ).inputs;
            assert.equal(signed["caCertPem"], root.certPem);
            assert.deepEqual(signed["caPrivateKeyPem"], secret(root.privateKeyPem));
            assert.ok(!JSON.stringify(result).includes("PRIVATE KEY"));
            assert.equal(result["trustBundlePem"], root.certPem);
            const [own] = result["roots"] as readonly Settings[];
            assert.deepEqual(
                [own?.["name"], own?.["source"], own?.["fingerprint"]],
                ["company", "given", fingerprint(root.certPem)],
            );
            // The certificate has ten days.
            assert.equal(warnings.length, 1);
            assert.match(
                warnings[0] ?? "",
                /^Root "company" ends in 9 days, on \S+Z\. See docs\/certificates\.md for how to renew it\.$/,
            );
        });

        it("are those that it has signed elsewhere, where its key is, until the mesh has another root", async () => {
            const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
            const pairs = Object.fromEntries(
                ["cluster1", "cluster2"].map((name) => [
                    name,
                    makeCertificate({ name, extensions, issuer: root }),
                ]),
            );
            const files = Object.entries(pairs).map(([cluster, pair]) => {
                const at = {
                    certFile: join(folder, `${cluster}.pem`),
                    keyFile: join(folder, `${cluster}.key`),
                };
                writeFileSync(at.certFile, pair.certPem);
                writeFileSync(at.keyFile, pair.privateKeyPem, { mode: 0o600 });
                return [cluster, at] as const;
            });
            const keyless = { name: "company", certFile, intermediates: Object.fromEntries(files) };
            const settings = (changes: Settings = {}) => ({
                ca: { ca: { ...example, root: keyless, ...changes } },
            });
            const alone = await runProgram("ca", { settings: settings() });
            assert.deepEqual(
                alone.resources.filter(({ type }) => /^tls:/.test(type)),
                [],
            );
            assert.deepEqual(alone.result["intermediates"], secret(pairs));
            assert.equal(alone.result["trustBundlePem"], root.certPem);

            const to = { name: "root-2027" };
            const trust = await runProgram("ca", { settings: settings({ rotation: { step: "trust", to } }) });
            assert.deepEqual(trust.result["intermediates"], secret(pairs));
            assert.equal(trust.result["signingRoot"], "company");
            assert.ok(find(trust.resources, "tls:index/selfSignedCert:SelfSignedCert", "root-2027-cert"));

            const reissue = await runProgram("ca", {
                settings: settings({ rotation: { step: "reissue", to } }),
            });
            assert.equal(reissue.result["signingRoot"], "root-2027");
            const made = find(
                reissue.resources,
                "tls:index/locallySignedCert:LocallySignedCert",
                "cluster1-cert",
            );
            assert.deepEqual(made.inputs["caPrivateKeyPem"], secret("(private key root-2027-key)"));
        });

        it("say which file can't be read", async () => {
            await assert.rejects(runProgram("ca", { settings: { ca: { ca: example } } }), {
                message:
                    'The configuration of stack "ca" (Pulumi.ca.yaml) has 2 problems:\n' +
                    "  - ca.root.certFile is root.pem, which can't be read (ENOENT); a relative path begins at the folder of the stack's file\n" +
                    "  - ca.root.keyFile is root.key, which can't be read (ENOENT); a relative path begins at the folder of the stack's file",
            });
        });

        it("refuse a key in plain text", async () => {
            const settings = { ca: { ca: { clusters: ["cluster1"], root } } };
            await assert.rejects(runProgram("ca", { settings }), {
                message:
                    'The configuration of stack "ca" (Pulumi.ca.yaml) has 1 problem:\n' +
                    "  - ca.root.privateKeyPem stands in the stack file in plain text, so the key is no secret any more; " +
                    "make another root, and set its key encrypted: pulumi config set --stack ca --secret --path " +
                    "istio-multicluster:ca.root.privateKeyPem < KEYFILE",
            });
        });
    });

    describe("on the way to another root", () => {
        const example = committedSettings("ca", "root-rotation")["ca"] as Settings;
        const at = (step: string) => ({
            ca: { ca: { ...example, protectRoot: true, rotation: { step, to: { name: "root-2027" } } } },
        });
        const protectedOf = async (step: string) =>
            (await runProgram("ca", { settings: at(step) })).resources
                .filter(({ protect }) => protect)
                .map(({ name }) => name);
        const signers = async (step: string) => {
            const { resources } = await runProgram("ca", { settings: at(step) });
            return find(resources, "tls:index/locallySignedCert:LocallySignedCert", "cluster1-cert").inputs[
                "caPrivateKeyPem"
            ];
        };

        it("have both roots until the last step, of which the one that signs is protected", async () => {
            assert.deepEqual(await protectedOf("trust"), ["root-key", "root-cert"]);
            assert.deepEqual(await protectedOf("reissue"), ["root-2027-key", "root-2027-cert"]);
            assert.deepEqual(await signers("trust"), secret(rootKey));
            assert.deepEqual(await signers("reissue"), secret("(private key root-2027-key)"));
            const { result } = await runProgram("ca", { settings: { ca: { ca: example } } });
            assert.equal(result["trustBundlePem"], rootCertPem + rootCertPem);
            assert.equal(result["signingRoot"], "root");
        });

        it("are the same after the last step as under the new root alone", async () => {
            const alone = { ca: { ca: { ...example, rotation: undefined, root: { name: "root-2027" } } } };
            const retired = {
                ca: { ca: { ...example, rotation: { step: "retire", to: { name: "root-2027" } } } },
            };
            const [one, other] = [
                await runProgram("ca", { settings: alone }),
                await runProgram("ca", { settings: retired }),
            ];
            assert.deepEqual(one.resources, other.resources);
            assert.deepEqual(one.result, other.result);
        });

        it("take no step before its time", async () => {
            await assert.rejects(runProgram("ca", { settings: at("reissue"), stacks: { ca } }), {
                message:
                    'Stack "ca" can\'t change its roots like this yet:\n' +
                    '  - Root "root-2027" can\'t sign yet, because no proxy trusts it. In Pulumi.ca.yaml, let ca.root.name be ' +
                    '"root" and ca.rotation be { step: trust, to: { name: "root-2027" } }, and update all stacks; step ' +
                    "reissue comes after that.",
            });
            const trusting = await outputsOf("ca", { settings: at("trust"), stacks: { ca } });
            await assert.rejects(runProgram("ca", { settings: at("retire"), stacks: { ca: trusting } }), {
                message:
                    'Stack "ca" can\'t change its roots like this yet:\n' +
                    '  - Root "root" can\'t go yet, because the intermediates are signed by it. Set ca.rotation.step to ' +
                    "reissue in Pulumi.ca.yaml and update all stacks; step retire comes after that.",
            });
        });

        it("ask the proxies of each cluster by what its stack's settings say, which its outputs don't know", async () => {
            const trusting = await outputsOf("ca", { settings: at("trust") });
            const cluster1 = await outputsOf("cluster1", {
                settings: { cluster1: { imports: [] } },
                stacks: { ca: trusting },
            });
            const kubectl = new StandInKubectl();
            kubectl.does('echo "no cluster here" >&2; exit 1');
            try {
                const settings = {
                    ca: { ca: { ...(at("reissue").ca.ca as Settings), clusters: ["cluster1"] } },
                };
                await assert.rejects(runProgram("ca", { settings, stacks: { ca: trusting, cluster1 } }), {
                    // Whether the lab's file is there or not.
                    message:
                        /The proxies of "cluster1" can't be asked whether they are ready \(.*`kubectl --kubeconfig \.lab\/cluster1\/kubeconfig --context cluster1 get nodes` works/,
                });
            } finally {
                kubectl.remove();
            }
        });
    });

    describe("beside a Secret cacerts of somebody else", () => {
        const path = "/api/v1/namespaces/istio-system/secrets/cacerts";
        const base64 = (text: string) => Buffer.from(text).toString("base64");
        const cluster = (data: Readonly<Record<string, string>>, annotations = {}) => ({
            "/api/v1/nodes": { items: [node("node1", "172.30.0.12")] },
            [path]: {
                apiVersion: "v1",
                kind: "Secret",
                metadata: { name: "cacerts", namespace: "istio-system", annotations },
                data,
            },
        });
        const theirs = makeCertificate();
        const whole = {
            "ca-cert.pem": base64(theirs.certPem),
            "ca-key.pem": base64("(their key)"),
            "cert-chain.pem": base64(theirs.certPem),
            "root-cert.pem": base64(theirs.certPem),
        };
        const holders = (run: Run) => run.resources.filter(({ name }) => name === "istio-cacerts-secret");

        it("are not written", async () => {
            await assert.rejects(runProgram("cluster2", { stacks: { ca }, cluster: cluster(whole) }), {
                message:
                    'Stack "cluster2" can\'t work as it is:\n' +
                    '  - The Secret istio-system/cacerts of "cluster2" was made by somebody else and is not overwritten. To use it ' +
                    "as it is, set istio.ca to existing in Pulumi.cluster2.yaml. To put this mesh's certificates in its place, " +
                    "which ends the trust between all proxies that run there, set istio.replaceCaCerts to true. Otherwise " +
                    "delete it, or install elsewhere.",
            });
        });

        it("are written where the Secret is the stack's own, or is to be replaced", async () => {
            const own = { "istio-multicluster/owner": "organization/istio-multicluster/cluster2" };
            const metadata = {
                name: "cacerts",
                namespace: "istio-system",
                annotations: { ...own, "pulumi.com/patchForce": "true" },
            };
            // The provider is what a first update that was stopped half way has left in the state.
            const state = ["pulumi:providers:kubernetes"];
            const handedOut = { ...whole, "root-cert.pem": base64(rootCertPem) };
            const again = await runProgram("cluster2", {
                stacks: { ca },
                cluster: cluster(handedOut, own),
                state,
            });
            assert.deepEqual(holders(again)[0]?.inputs["metadata"], metadata);
            const istio = { ...(committedSettings("cluster2")["istio"] as Settings), replaceCaCerts: true };
            for (const annotations of [{}, own]) {
                const taken = await runProgram("cluster2", {
                    stacks: { ca },
                    cluster: cluster(whole, annotations),
                    state,
                    settings: { cluster2: { istio } },
                });
                assert.deepEqual(holders(taken)[0]?.inputs["metadata"], metadata);
            }
        });

        it("are left out where that Secret is to be used", async () => {
            const istio = { ...(committedSettings("cluster2")["istio"] as Settings), ca: "existing" };
            const settings = { cluster2: { istio } };
            const run = await runProgram("cluster2", { cluster: cluster(whole), settings });
            assert.deepEqual(holders(run), []);
            assert.equal(run.result["rootFingerprint"], fingerprint(theirs.certPem));
            assert.ok(!JSON.stringify(run).includes("(their key)"));
            await assert.rejects(runProgram("cluster2", { settings }), {
                message:
                    'Stack "cluster2" can\'t work as it is:\n' +
                    '  - istio.ca is existing, but "cluster2" has no Secret istio-system/cacerts. Put ca-cert.pem, ca-key.pem, ' +
                    "cert-chain.pem and root-cert.pem there, or set istio.ca to mesh in Pulumi.cluster2.yaml.",
            });
        });
    });
});
