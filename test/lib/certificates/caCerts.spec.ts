import assert from "node:assert/strict";
import {
    distrustWarning,
    existingAuthority,
    strangerProblem,
    unusableProblem,
} from "../../../lib/certificates/caCerts";
import { fingerprint } from "../../../lib/certificates/certificates";
import { makeCertificate } from "../../support/certificates";

const mine = { stack: "cluster1", owner: "organization/mesh/cluster1", certPem: "(intermediate)\n" };
const found = { owner: "", certPem: "(other)\n", trustBundlePem: "(root)\n", hasKey: true };
const choices =
    "To use it as it is, set istio.ca to existing in Pulumi.cluster1.yaml. To put this mesh's certificates in its place, " +
    "which ends the trust between all proxies that run there, set istio.replaceCaCerts to true. Otherwise delete it, or " +
    "install elsewhere.";

describe("a Secret cacerts that is there", () => {
    it("is written when it is absent, the stack's own, or the very same", () => {
        assert.equal(strangerProblem(undefined, mine), undefined);
        assert.equal(strangerProblem({ ...found, owner: mine.owner }, mine), undefined);
        assert.equal(strangerProblem({ ...found, certPem: mine.certPem }, mine), undefined);
    });

    it("is not overwritten when somebody else has made it", () => {
        assert.equal(
            strangerProblem(found, mine),
            `The Secret istio-system/cacerts of "cluster1" was made by somebody else and is not overwritten. ${choices}`,
        );
        assert.equal(
            strangerProblem({ ...found, owner: "organization/mesh/other" }, mine),
            `The Secret istio-system/cacerts of "cluster1" was made by the stack organization/mesh/other and is not overwritten. ${choices}`,
        );
    });

    it("can't be used when it is absent or not whole", () => {
        const remedy =
            "Put ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem there, or set istio.ca to mesh in Pulumi.cluster1.yaml.";
        assert.equal(
            unusableProblem(undefined, "cluster1"),
            `istio.ca is existing, but "cluster1" has no Secret istio-system/cacerts. ${remedy}`,
        );
        assert.equal(
            unusableProblem({ ...found, hasKey: false }, "cluster1"),
            `istio.ca is existing, but the Secret istio-system/cacerts of "cluster1" lacks ca-key.pem, root-cert.pem. ${remedy}`,
        );
    });

    it("says which of its roots signs", () => {
        const [old, current] = [makeCertificate(), makeCertificate()];
        const { certPem } = makeCertificate({ name: "Intermediate", issuer: current });
        const trustBundlePem = old.certPem + current.certPem;
        assert.equal(unusableProblem({ ...found, certPem, trustBundlePem }, "cluster1"), undefined);
        assert.deepEqual(existingAuthority({ ...found, certPem, trustBundlePem }), {
            rootFingerprint: fingerprint(current.certPem),
            trustedRoots: [fingerprint(old.certPem), fingerprint(current.certPem)],
        });
    });
});

describe("peers", () => {
    const side = (stack: string, rootFingerprint: string, ...trustedRoots: readonly string[]) => ({
        stack,
        rootFingerprint,
        trustedRoots,
    });

    it("are warned of when they do not trust each other", () => {
        assert.equal(
            distrustWarning(side("cluster1", "aa", "aa"), side("cluster2", "bb", "bb")),
            '"cluster1" and "cluster2" do not trust each other\'s root certificates (SHA-256 aa and bb), so calls between ' +
                "them fail. Update both; where that does not help, give both the same root.",
        );
    });

    it("may be at different steps of a change of the root", () => {
        assert.equal(
            distrustWarning(side("cluster1", "aa", "aa", "bb"), side("cluster2", "bb", "aa", "bb")),
            undefined,
        );
        assert.equal(distrustWarning(side("cluster1", ""), side("cluster2", "bb", "bb")), undefined);
    });
});
