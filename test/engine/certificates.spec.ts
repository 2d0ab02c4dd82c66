import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { CaOutputs } from "../../lib/mesh/contract";
import { changesOf, type Ended, keyTraces, nameOf, privateKeys, TemporaryProject } from "../support/engine";
import { openssl } from "../support/engineOpenssl";

/** What a stack with these clusters creates. */
const createsOf = (...clusters: readonly string[]) =>
    [
        "create istio-multicluster:index:RootCa root",
        "create pulumi:pulumi:Stack istio-multicluster-ca",
        "create tls:index/privateKey:PrivateKey root-key",
        "create tls:index/selfSignedCert:SelfSignedCert root-cert",
        ...clusters.flatMap(createsOfCluster),
    ].sort();

const createsOfCluster = (cluster: string) => [
    `create istio-multicluster:index:IntermediateCa ${cluster}`,
    `create tls:index/certRequest:CertRequest ${cluster}-request`,
    `create tls:index/locallySignedCert:LocallySignedCert ${cluster}-cert`,
    `create tls:index/privateKey:PrivateKey ${cluster}-key`,
];

const day = 24 * 60 * 60 * 1000;

/** Days from the start to the end of a certificate. */
const validityDays = ({ validFrom, validTo }: X509Certificate) =>
    (Date.parse(validTo) - Date.parse(validFrom)) / day;

function succeeded({ code, text }: Ended): void {
    assert.equal(code, 0, text);
}

describe("the certificate stack with the real engine", function () {
    this.timeout(90_000);
    let project: TemporaryProject;
    let outputs: CaOutputs;

    const certOf = (cluster: string) => new X509Certificate(outputs.intermediates[cluster]?.certPem ?? "");
    const keyOf = (cluster: string) => outputs.intermediates[cluster]?.privateKeyPem ?? "";

    before(() => {
        project = new TemporaryProject();
    });
    after(() => {
        project.remove();
    });

    it("previews exactly its resources", async () => {
        project.configure("ca", { ca: { clusters: ["alpha", "beta"] } });
        succeeded(await project.pulumi(["stack", "init", "ca"]));
        const preview = await project.pulumi(["preview", "--stack", "ca", "--json"]);
        succeeded(preview);
        assert.deepEqual(changesOf(preview), createsOf("alpha", "beta"));
    });

    it("is made by an update, and a second update has nothing to do", async () => {
        succeeded(await project.pulumi(["up", "--yes", "--stack", "ca"]));
        succeeded(await project.pulumi(["up", "--yes", "--stack", "ca", "--expect-no-changes"]));
        succeeded(await project.pulumi(["preview", "--diff", "--stack", "ca", "--expect-no-changes"]));
        outputs = await project.outputs<CaOutputs>("ca");
        assert.deepEqual(Object.keys(outputs).sort(), [
            "contractVersion",
            "expiryWarningDays",
            "intermediateDaysLeft",
            "intermediateExpiry",
            "intermediates",
            "rootCertPem",
            "rootExpiry",
            "roots",
            "signingRoot",
            "trustBundlePem",
        ]);
        assert.equal(outputs.contractVersion, 1);
        assert.deepEqual(Object.keys(outputs.intermediates).sort(), ["alpha", "beta"]);
    });

    it("makes a root that signs itself and lets one authority follow", () => {
        const root = new X509Certificate(outputs.rootCertPem);
        assert.ok(root.ca && root.checkIssued(root) && root.verify(root.publicKey));
        assert.equal(root.subject, "O=Istio\nCN=Root CA");
        assert.equal(root.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
        assert.equal(validityDays(root), 3650);
        assert.equal(new Date(outputs.rootExpiry).toUTCString(), new Date(root.validTo).toUTCString());
        assert.match(openssl(["x509", "-noout", "-text"], outputs.rootCertPem), /CA:TRUE, pathlen:1\n/);
    });

    for (const cluster of ["alpha", "beta"]) {
        it(`makes an intermediate for ${cluster} as Istio wants it`, () => {
            const root = new X509Certificate(outputs.rootCertPem);
            const cert = certOf(cluster);
            assert.ok(cert.ca && cert.checkIssued(root) && cert.verify(root.publicKey));
            assert.ok(cert.checkPrivateKey(createPrivateKey(keyOf(cluster))));
            assert.equal(cert.subject, `L=${cluster}\nO=Istio\nCN=Intermediate CA`);
            assert.equal(cert.subjectAltName, "DNS:istiod.istio-system.svc");
            assert.equal(cert.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
            assert.equal(validityDays(cert), 365);
            assert.equal(
                new Date(outputs.intermediateExpiry[cluster] ?? "").toUTCString(),
                new Date(cert.validTo).toUTCString(),
            );
            const text = openssl(["x509", "-noout", "-text"], outputs.intermediates[cluster]?.certPem ?? "");
            assert.match(
                text,
                /X509v3 Key Usage: critical\n +Digital Signature, Certificate Sign, CRL Sign\n/,
            );
        });
    }

    it("gives each cluster a key of its own", () => {
        const [alpha, beta] = ["alpha", "beta"].map((cluster) =>
            createPublicKey(keyOf(cluster)).export({ type: "spki", format: "pem" }),
        );
        assert.notEqual(alpha, beta);
    });

    it("lets an intermediate sign workloads, and no authority below it", () => {
        const folder = fs.mkdtempSync(path.join(project.folder, "openssl-"));
        const at = (name: string) => path.join(folder, name);
        fs.writeFileSync(at("root.pem"), outputs.rootCertPem);
        fs.writeFileSync(at("alpha.pem"), outputs.intermediates["alpha"]?.certPem ?? "");
        fs.writeFileSync(at("alpha.key"), keyOf("alpha"), { mode: 0o600 });
        const sign = (name: string, issuer: string, extension: string) => {
            openssl([
                ...[
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-days",
                    "1",
                ],
                ...["-subj", `/CN=${name}`, "-CA", at(`${issuer}.pem`), "-CAkey", at(`${issuer}.key`)],
                ...["-addext", extension, "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)],
            ]);
        };
        sign("workload", "alpha", "basicConstraints=critical,CA:FALSE");
        sign("authority", "alpha", "basicConstraints=critical,CA:TRUE");
        sign("below", "authority", "basicConstraints=critical,CA:FALSE");
        fs.writeFileSync(
            at("chain.pem"),
            ["authority", "alpha"].map((name) => fs.readFileSync(at(`${name}.pem`), "utf8")).join(""),
        );
        const verify = (name: string) =>
            openssl(["verify", "-CAfile", at("root.pem"), "-untrusted", at("chain.pem"), at(`${name}.pem`)]);
        assert.equal(verify("workload"), `${at("workload.pem")}: OK\n`);
        assert.throws(() => verify("below"), /path length constraint exceeded/);
    });

    it("adds exactly the four resources of a new cluster", async () => {
        project.configure("ca", { ca: { clusters: ["alpha", "beta", "gamma"] } });
        const preview = await project.pulumi(["preview", "--stack", "ca", "--json"]);
        succeeded(preview);
        assert.deepEqual(changesOf(preview), createsOfCluster("gamma"));
        project.configure("ca", { ca: { clusters: ["alpha", "beta"] } });
    });

    it("renews intermediates before their end, and never the root", async () => {
        const state = await project.state("ca");
        // As if the clock stood one day before the end of every certificate.
        const tomorrow = new Date(Date.now() + day).toISOString().replace(/\.\d+/, "");
        for (const { outputs: own } of state.deployment.resources ?? [])
            if (own !== undefined && "validityEndTime" in own) own["validityEndTime"] = tomorrow;
        await project.importState("ca", state);

        const preview = await project.pulumi(["preview", "--stack", "ca", "--json"]);
        succeeded(preview);
        assert.deepEqual(
            [...new Set(changesOf(preview).map((line) => line.replace(/^\S+ /, "")))],
            ["alpha", "beta"].map((name) => `tls:index/locallySignedCert:LocallySignedCert ${name}-cert`),
        );
        succeeded(await project.pulumi(["up", "--yes", "--stack", "ca"]));
        const renewed = await project.outputs<CaOutputs>("ca");
        assert.equal(renewed.rootCertPem, outputs.rootCertPem);
        for (const cluster of ["alpha", "beta"]) {
            const before = outputs.intermediates[cluster];
            const after = renewed.intermediates[cluster];
            assert.equal(after?.privateKeyPem, before?.privateKeyPem);
            assert.notEqual(after?.certPem, before?.certPem);
        }
        outputs = renewed;
        succeeded(await project.pulumi(["preview", "--stack", "ca", "--expect-no-changes"]));
    });

    it("refuses to destroy the protected root, and says how to allow it", async () => {
        const refused = await project.pulumi(["destroy", "--yes", "--stack", "ca"]);
        assert.equal(refused.code, 1, refused.text);
        assert.match(refused.text, /"urn:[^"]*RootCa\$[^"]*" cannot be deleted\s+because it is protected\./);
        assert.match(refused.text, /`pulumi state unprotect 'urn:[^']*RootCa\$[^']*'`/);
        succeeded(await project.pulumi(["preview", "--stack", "ca", "--expect-no-changes"]));
    });

    it("writes RSA keys where the configuration asks for them", async () => {
        // The root as well: another key type is another root, which a protected stack refuses.
        project.configure("rsa", {
            ca: {
                clusters: ["alpha"],
                keyAlgorithm: "RSA-4096",
                organization: "Example",
                protectRoot: false,
            },
        });
        succeeded(await project.pulumi(["stack", "init", "rsa"]));
        succeeded(await project.pulumi(["up", "--yes", "--skip-preview", "--stack", "rsa"]));
        const rsa = await project.outputs<CaOutputs>("rsa");
        const root = new X509Certificate(rsa.rootCertPem);
        const cert = new X509Certificate(rsa.intermediates["alpha"]?.certPem ?? "");
        assert.ok(cert.verify(root.publicKey) && root.verify(root.publicKey));
        assert.ok(cert.checkPrivateKey(createPrivateKey(rsa.intermediates["alpha"]?.privateKeyPem ?? "")));
        for (const each of [root, cert]) {
            assert.equal(each.publicKey.asymmetricKeyType, "rsa");
            assert.equal(each.publicKey.asymmetricKeyDetails?.modulusLength, 4096);
        }
        assert.equal(root.subject, "O=Example\nCN=Root CA");
    });

    it("keeps every private key out of state files, outputs and logs", async () => {
        succeeded(await project.pulumi(["stack", "output", "--stack", "ca"]));
        succeeded(await project.pulumi(["stack", "output", "--json", "--stack", "ca"]));
        // A change of everything, so that the difference shows every property.
        project.configure("ca", {
            ca: { clusters: ["alpha"], organization: "Other", keyAlgorithm: "RSA-4096" },
        });
        const diff = await project.pulumi(["preview", "--diff", "--show-replacement-steps", "--stack", "ca"]);
        assert.match(diff.text, /tls:index\/privateKey:PrivateKey: \(replace\)/);
        const keys = [
            ...privateKeys(await project.state("ca", "plain")),
            ...privateKeys(await project.state("rsa", "plain")),
        ];
        const names = ["alpha-key", "alpha-key", "beta-key", "root-key", "root-key"];
        assert.deepEqual(keys.map(([name]) => name).sort(), [...names, ...names].sort());
        const files = project.stateFiles();
        assert.ok([...files.keys()].some((name) => name.endsWith("stacks/istio-multicluster/ca.json")));
        for (const [name, text] of [...files, ["(what the commands wrote)", project.transcript] as const]) {
            assert.doesNotMatch(text, /BEGIN [A-Z ]*PRIVATE KEY/, name);
            for (const [key, pem] of keys)
                for (const trace of keyTraces(pem)) assert.ok(!text.includes(trace), `${key} is in ${name}`);
        }
    });

    it("lets an unprotected root go, and keeps a protected one when mesh destroy is asked for it", async () => {
        succeeded(await project.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "rsa"]));
        assert.deepEqual((await project.state("rsa")).deployment.resources ?? [], []);
        // A folder holds one mesh.
        fs.rmSync(path.join(project.folder, "Pulumi.rsa.yaml"));
        project.configure("ca", { ca: { clusters: ["alpha", "beta"] } });
        for (const cluster of ["alpha", "beta"])
            project.configure(cluster, { cluster: { kubeconfig: "none", context: "none" } });
        const mesh = await project.mesh(["destroy"]);
        assert.equal(mesh.code, 1, mesh.text);
        assert.match(
            mesh.text,
            /Nothing was deleted: stack "ca" protects root-key and root-cert\.\nNext: If that really is to go: pulumi state unprotect --all --yes --stack ca, then run npm run mesh -- destroy again\. To delete the clusters and keep what is protected: npm run mesh -- destroy --clusters alpha,beta\n/,
        );
        const kept = (await project.state("ca")).deployment.resources?.map(({ urn }) => nameOf(urn)) ?? [];
        assert.ok(kept.includes("root-key") && kept.includes("root-cert"), kept.join(" "));
    });
});
