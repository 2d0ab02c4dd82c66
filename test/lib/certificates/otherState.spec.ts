import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { FoundCaCerts } from "../../../lib/certificates/caCerts";
import { fingerprint, type KeyPair } from "../../../lib/certificates/certificates";
import { makesCertificates } from "../../../lib/certificates/newCertificates";
import { strangeCertificates } from "../../../lib/certificates/otherState";
import { formerRoots, rootPlan } from "../../../lib/certificates/rootRotation";
import type { CaOutputs } from "../../../lib/mesh/contract";
import { makeCertificate } from "../../support/certificates";

const owner = "organization/mesh/cluster1";

describe("certificates that a state has not handed out", function () {
    this.timeout(20_000);
    let root: KeyPair;
    let next: KeyPair;
    let early: KeyPair;
    let late: KeyPair;

    before(async () => {
        [root, next] = [makeCertificate({ name: "Root CA" }), makeCertificate({ name: "Root CA next" })];
        early = makeCertificate({ name: "Intermediate CA/O=Istio", issuer: root });
        // A certificate's times are whole seconds.
        await pause(1100);
        late = makeCertificate({ name: "Intermediate CA/O=Istio", issuer: root });
    });

    /** A state with one root and one intermediate, that of cluster1. */
    const state = (intermediate: KeyPair, changes: Partial<CaOutputs> = {}): CaOutputs => ({
        contractVersion: 1,
        rootCertPem: root.certPem,
        trustBundlePem: root.certPem,
        roots: [rootOf("root", root)],
        signingRoot: "root",
        intermediates: { cluster1: intermediate },
        rootExpiry: "",
        intermediateExpiry: {},
        intermediateDaysLeft: {},
        expiryWarningDays: { root: 1, intermediate: 1 },
        ...changes,
    });
    const rootOf = (name: string, { certPem }: KeyPair) => ({
        name,
        source: "made" as const,
        fingerprint: fingerprint(certPem),
        expiry: "",
        daysLeft: 1,
    });
    const holding = (certPem: string, ...roots: readonly KeyPair[]): FoundCaCerts => ({
        owner,
        certPem,
        trustBundlePem: roots.map((each) => each.certPem).join(""),
        hasKey: true,
    });
    const judge = (found: FoundCaCerts, known: CaOutputs | undefined) =>
        strangeCertificates(found, "cluster1", "ca", known);

    it("are any where the state has none", () => {
        assert.deepEqual(judge(holding(early.certPem, root), undefined), {
            strangeness: "nothing known",
            clause: 'the state of "ca" holds no certificates',
        });
        assert.equal(judge(holding("", root), undefined)?.strangeness, "nothing known");
    });

    it("are those under a root that it has never had", () => {
        const other = fingerprint(next.certPem).slice(0, 16);
        const strange = {
            strangeness: "other root",
            clause: `its root (SHA-256 ${other}) is none that the state of "ca" knows`,
        };
        assert.deepEqual(judge(holding(early.certPem, next), state(early)), strange);
        // A backup from before the first step of a change of the root.
        assert.deepEqual(judge(holding(early.certPem, root, next), state(early)), strange);
    });

    it("are newer than the intermediate in the state", () => {
        const at = (pair: KeyPair) =>
            new Date(new X509Certificate(pair.certPem).validFrom).toISOString().replace(".000", "");
        assert.deepEqual(judge(holding(late.certPem, root), state(early)), {
            strangeness: "older",
            clause: `its intermediate is of ${at(late)}, and the one in the state of "ca" is older, of ${at(early)}`,
        });
    });

    it("are those of a cluster that it knows nothing of", () => {
        assert.deepEqual(judge(holding(early.certPem, root), state(early, { intermediates: {} })), {
            strangeness: "no intermediate",
            clause: 'the state of "ca" has no intermediate for "cluster1"',
        });
    });

    it("are none in a mesh whose cluster is as the last update left it, or behind", () => {
        assert.equal(judge(holding(early.certPem, root), state(early)), undefined);
        assert.equal(judge(holding(early.certPem, root), state(late)), undefined);
        const both = [rootOf("root", root), rootOf("next", next)];
        assert.equal(judge(holding(early.certPem, root), state(early, { roots: both })), undefined);
        assert.equal(judge(holding(early.certPem, root, next), state(late, { roots: both })), undefined);
    });

    it("are none where the state has let the root go: after its change, and on the way back from one", () => {
        const trust = rootPlan({
            root: { name: "root" },
            rotation: { step: "trust", to: { name: "next" } },
        });
        const roots = [rootOf("root", root), rootOf("next", next)];
        const back = formerRoots({ roots }, rootPlan({ root: { name: "root" } }));
        assert.deepEqual(back, [fingerprint(next.certPem)]);
        const gone = { roots: [rootOf("root", root)], formerRoots: back };
        assert.equal(judge(holding(early.certPem, root, next), state(early, gone)), undefined);

        const retired = formerRoots({ roots }, rootPlan({ root: { name: "next" } }));
        assert.deepEqual(retired, [fingerprint(root.certPem)]);
        const after = { roots: [rootOf("next", next)], formerRoots: retired };
        assert.equal(judge(holding(early.certPem, root, next), state(late, after)), undefined);

        assert.deepEqual(formerRoots({ roots }, trust), []);
        assert.deepEqual(formerRoots(undefined, trust), []);
        assert.deepEqual(formerRoots({ roots: [], formerRoots: ["(gone)"] }, trust), ["(gone)"]);
    });

    it("are none where somebody has damaged them: an update repairs that", () => {
        assert.equal(judge(holding("", root), state(early)), undefined);
        assert.equal(judge(holding("(no certificate)"), state(early)), undefined);
    });

    describe("an update of the certificate stack", () => {
        const settings: Parameters<typeof makesCertificates>[2] = {
            clusters: ["cluster1"],
            intermediateValidityDays: 10,
            intermediateRenewalDays: 5,
            keyAlgorithm: "ECDSA-P256",
            organization: "Istio",
        };
        const day = 24 * 60 * 60 * 1000;
        const makes = (
            changes: Partial<typeof settings> = {},
            plan = rootPlan({ root: { name: "root" } }),
            days = 0,
        ) =>
            makesCertificates(
                state(early),
                plan,
                { ...settings, ...changes },
                new Date(Date.now() + days * day),
            );

        it("makes none where all is as it is to be", () => {
            assert.equal(makes(), false);
            assert.equal(makes({}, undefined, 4), false);
        });

        it("makes some where there was none, at a step of a change of the root, and for another cluster", () => {
            const plan = rootPlan({ root: { name: "root" } });
            assert.equal(makesCertificates(undefined, plan, settings, new Date()), true);
            for (const step of ["trust", "reissue", "retire"] as const)
                assert.equal(
                    makes({}, rootPlan({ root: { name: "root" }, rotation: { step, to: { name: "next" } } })),
                    true,
                );
            assert.equal(makes({ clusters: ["cluster1", "cluster2"] }), true);
        });

        it("makes some where one is to be renewed, or the settings ask for another", () => {
            assert.equal(makes({}, undefined, 6), true);
            assert.equal(makes({ intermediateValidityDays: 20 }), true);
            assert.equal(makes({ keyAlgorithm: "RSA-4096" }), true);
            assert.equal(makes({ organization: "Example" }), true);
        });
    });
});
