import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { RootSettings } from "../../../lib/config/ca";
import type { TrustedRoot } from "../../../lib/mesh/contract";
import { laggingBecause, readSecrets } from "../../../lib/certificates/proxyCertificates";
import { orderProblems, rootChange, type RootPlan, rootPlan } from "../../../lib/certificates/rootRotation";
import { makeCertificate } from "../../support/certificates";

const root = { name: "root" };
const to = { name: "2027" };
const plan = (step?: "trust" | "reissue" | "retire"): RootPlan =>
    rootPlan({ root, rotation: step && { step, to } });

/** What the certificate stack says after an update with these settings. */
function after({ trusted, signing }: RootPlan): { roots: readonly TrustedRoot[]; signingRoot: string } {
    const roots = trusted.map(({ name }) => ({
        name,
        source: "made" as const,
        fingerprint: `(fingerprint of ${name})`,
        expiry: "2036-01-01T00:00:00Z",
        daysLeft: 3000,
    }));
    return { roots, signingRoot: signing.name };
}

const problems = (before: RootPlan, next: RootPlan, given = new Map<string, string>()) =>
    orderProblems("ca", after(before), next, given);

const notTrusted =
    'Root "2027" can\'t sign yet, because no proxy trusts it. In Pulumi.ca.yaml, let ca.root.name be "root" and ' +
    'ca.rotation be { step: trust, to: { name: "2027" } }, and update all stacks; step reissue comes after that.';
const stillSigns =
    'Root "root" can\'t go yet, because the intermediates are signed by it. Set ca.rotation.step to reissue in ' +
    "Pulumi.ca.yaml and update all stacks; step retire comes after that.";

describe("a change of the root", () => {
    it("keeps the old root before the new one while both are trusted", () => {
        for (const step of ["trust", "reissue"] as const)
            assert.deepEqual(
                plan(step).trusted.map(({ name }) => name),
                ["root", "2027"],
            );
        assert.deepEqual(plan("retire").trusted, rootPlan({ root: to }).trusted);
    });

    it("goes from step to step, stays at each, and back from one that is not the last", () => {
        const steps = [plan(), plan("trust"), plan("reissue"), plan("retire"), rootPlan({ root: to })];
        for (const [index, step] of steps.entries()) {
            assert.deepEqual(problems(step, step), []);
            assert.deepEqual(rootChange(after(step), step), { goes: [] });
            const next = steps[index + 1];
            if (next) assert.deepEqual(problems(step, next), []);
        }
        assert.deepEqual(problems(plan("trust"), plan()), []);
        assert.deepEqual(problems(plan("reissue"), plan("trust")), []);
    });

    it("says what each step asks of the proxies", () => {
        assert.deepEqual(rootChange(after(plan()), plan("trust")), { goes: [] });
        assert.deepEqual(rootChange(after(plan("trust")), plan("reissue")), { signsNow: "2027", goes: [] });
        assert.deepEqual(rootChange(after(plan("reissue")), plan("retire")), { goes: ["root"] });
        assert.deepEqual(rootChange(after(plan("trust")), plan()), { goes: ["2027"] });
    });

    it("refuses to let a root sign that is not trusted", () => {
        assert.deepEqual(problems(plan(), plan("reissue")), [notTrusted]);
        assert.deepEqual(problems(plan(), plan("retire")), [notTrusted]);
        assert.deepEqual(problems(plan(), rootPlan({ root: to })), [notTrusted]);
    });

    it("refuses to drop the root that signs", () => {
        assert.deepEqual(problems(plan("trust"), plan("retire")), [stillSigns]);
        assert.deepEqual(problems(plan("trust"), rootPlan({ root: to })), [stillSigns]);
    });

    it("refuses another certificate under the name of a root", () => {
        const given: RootSettings = { name: "root", certFile: "root.pem", keyFile: "root.key" };
        assert.deepEqual(problems(plan(), rootPlan({ root: given }), new Map([["root", "ab12"]])), [
            'Root "root" would become another certificate than the one that proxies trust (SHA-256 (fingerprint of root), ' +
                "made by this stack). Put back what Pulumi.ca.yaml said of it; a new root comes in beside it, under " +
                "another name, by ca.rotation.",
        ]);
    });
});

describe("a proxy's certificates", () => {
    const oldRoot = makeCertificate();
    const newRoot = makeCertificate();
    const workload = makeCertificate({
        name: "workload",
        issuer: oldRoot,
        extensions: ["basicConstraints=CA:FALSE"],
    });
    const bytes = (...pems: readonly string[]) => ({
        inline_bytes: Buffer.from(pems.join("")).toString("base64"),
    });
    const dump = (roots: readonly string[], chain: readonly string[]) =>
        JSON.stringify({
            configs: [
                { name: "default", secret: { tls_certificate: { certificate_chain: bytes(...chain) } } },
                { name: "ROOTCA", secret: { validation_context: { trusted_ca: bytes(...roots) } } },
            ],
        });
    const certificate = ({ certPem }: { certPem: string }) => new X509Certificate(certPem);
    const print = (pair: { certPem: string }) =>
        certificate(pair).fingerprint256.replaceAll(":", "").toLowerCase();

    it("are read from Envoy's secrets", () => {
        const proxy = readSecrets("foo/sleep", dump([oldRoot.certPem, newRoot.certPem], [workload.certPem]));
        assert.deepEqual(proxy.trusted, [print(oldRoot), print(newRoot)]);
        assert.deepEqual(
            proxy.chain.map(({ subject }) => subject),
            ["CN=workload"],
        );
    });

    it("lag while they lack the new root, or stand under an old one", () => {
        const both = readSecrets("foo/sleep", dump([oldRoot.certPem, newRoot.certPem], [workload.certPem]));
        const one = readSecrets("foo/sleep", dump([oldRoot.certPem], [workload.certPem]));
        const condition = { trust: print(newRoot), without: [] };
        assert.equal(laggingBecause(both, condition), undefined);
        assert.equal(laggingBecause(one, condition), "does not trust the new root yet");
        assert.equal(
            laggingBecause(both, { without: [certificate(oldRoot)] }),
            "has a certificate under the old root",
        );
        assert.equal(laggingBecause(both, { without: [certificate(newRoot)] }), undefined);
    });

    it("lag when the proxy does not say", () => {
        for (const text of ["", "{", '{"configs": 1}']) {
            assert.equal(
                laggingBecause(readSecrets("foo/sleep", text), { without: [] }),
                "its proxy does not say which secrets it holds",
            );
        }
    });
});
