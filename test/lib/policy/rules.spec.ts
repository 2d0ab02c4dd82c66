import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { policySchema } from "../../../lib/config/policy";
import type { Judged, Properties, Standards } from "../../../lib/policy/rule";
import { rules, standardsOf } from "../../../lib/policy/rules";
import { makeCertificate } from "../../support/certificates";

const standards = (policy: object = {}, suffixes = ["global", "corp.example"]): Standards => ({
    policy: policySchema.parse(policy),
    suffixes,
});
const production = standards({ production: true });

const resource = (type: string, props: Properties, more: Partial<Judged> = {}): Judged => ({
    urn: `urn:${type}`,
    type,
    props,
    isProtected: false,
    ...more,
});

/** `RULE: SENTENCE` of everything that some resources violate together. */
function violations(resources: readonly Judged[], held: Standards = production): readonly string[] {
    return rules.flatMap((rule) => {
        const some = resources.filter(({ type }) => rule.concerns(type));
        const found =
            "judge" in rule
                ? some.flatMap((each) => rule.judge(each, held))
                : rule.judgeAll(some, held).map(({ sentence }) => sentence);
        return found.map((sentence) => `${rule.name}: ${sentence}`);
    });
}

/** The one thing that a resource violates, without what to do about it. */
function refusal(one: Judged, held?: Standards): string {
    const found = violations([one], held);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", /[;,] .*\.$/);
    return (found[0] ?? "").replace(/;.*/, "");
}
const passes = (one: Judged, held?: Standards) => {
    assert.deepEqual(violations([one], held), []);
};

const peers = (spec: object) => resource("kubernetes:security.istio.io/v1beta1:PeerAuthentication", { spec });
const rule = (spec: object) => resource("kubernetes:networking.istio.io/v1:DestinationRule", { spec });
const gateway = (...hosts: readonly string[]) =>
    resource("kubernetes:networking.istio.io/v1:Gateway", { spec: { servers: [{ hosts: [] }, { hosts }] } });
const meshText = (mesh: unknown) => resource("kubernetes:core/v1:ConfigMap", { data: { mesh } });
const key = (props: Properties) => resource("tls:index/privateKey:PrivateKey", props);
const root = (hours: number) =>
    resource("tls:index/selfSignedCert:SelfSignedCert", { validityPeriodHours: hours });
const intermediate = (props: Properties, more?: Partial<Judged>) =>
    resource("tls:index/locallySignedCert:LocallySignedCert", props, more);
const balancer = (spec: object, annotations: object = {}) =>
    resource("kubernetes:core/v1:Service", {
        metadata: { annotations },
        spec: { type: "LoadBalancer", ...spec },
    });

describe("the policies' rules", () => {
    it("let the project's own stacks pass, but for an export that names no caller", () => {
        const folder = path.resolve(__dirname, "../../golden");
        const found = fs.readdirSync(folder).map((name): [string, readonly string[]] => {
            const { resources } = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")) as {
                readonly resources: readonly {
                    readonly type: string;
                    readonly name: string;
                    readonly inputs: Properties;
                    readonly protect?: boolean;
                }[];
            };
            const judged = resources.map(({ type, name: urn, inputs, protect = false }) =>
                resource(type, inputs, { urn, isProtected: protect }),
            );
            // The root that the mocks know is one of a hundred years.
            const held = standards({ production: true, maximumRootDays: 40_000 });
            return [name, violations(judged, held)];
        });
        assert.ok(found.length > 8);
        const open = found.filter(([, sentences]) => sentences.length > 0);
        for (const [name, sentences] of open)
            assert.match(sentences.join("\n"), /^(named-callers: [^\n]*\n?)+$/, name);
        assert.ok(open.some(([name]) => name === "cluster2.json"));
        assert.ok(!open.some(([name]) => name === "cluster2-allowed-from.json"));
    });

    it("refuse a root without protection in production alone, and of several only the one that signs", () => {
        const part = (urn: string, isProtected: boolean) =>
            resource("tls:index/selfSignedCert:SelfSignedCert", {}, { urn, isProtected });
        const signed = intermediate({}, { sources: { caCertPem: ["old"] } });
        const unprotected = [part("old", false), part("new", false), signed];
        assert.deepEqual(violations(unprotected), [
            "protected-root: The root's certificate is not protected, so an update or a destroy could take away what every cluster " +
                "trusts; remove ca.protectRoot from the stack's file, or make it true.",
        ]);
        assert.deepEqual(violations(unprotected, standards()), []);
        assert.deepEqual(violations([part("old", true), part("new", false), signed]), []);
    });

    it("refuse an export without callers in production alone, and take no import for one", () => {
        const named = (kind: string, more: object) =>
            resource(`kubernetes:${kind}`, { metadata: { name: "a.n.global" }, ...more });
        const entry = (spec: object) => named("networking.istio.io/v1:ServiceEntry", { spec });
        const exported = entry({ hosts: ["a.n.global"], workloadSelector: { labels: {} } });
        assert.match(
            refusal(exported),
            /^named-callers: Every workload of every cluster may call this export/,
        );
        passes(exported, standards());
        passes(entry({ hosts: ["a.n.global"], endpoints: [] }));
        passes(entry({ hosts: ["database.example"], workloadSelector: { labels: {} } }));
        const callers = named("security.istio.io/v1:AuthorizationPolicy", { spec: {} });
        assert.deepEqual(violations([exported, callers]), []);
    });

    it("refuse what turns mutual TLS off, wherever it stands, and let pass what does not", () => {
        assert.equal(
            refusal(peers({ mtls: { mode: "DISABLE" } })),
            "mutual-tls: spec.mtls.mode makes the pods take plain text",
        );
        assert.equal(
            refusal(peers({ portLevelMtls: { "80": { mode: "DISABLE" }, "81": { mode: "STRICT" } } })),
            "mutual-tls: spec.portLevelMtls.80.mode makes the pods take plain text",
        );
        passes(peers({ mtls: { mode: "PERMISSIVE" } }));
        const off = { trafficPolicy: { tls: { mode: "DISABLE" } } };
        const what = "makes callers do without mutual TLS";
        assert.equal(refusal(rule({ host: "a", ...off })), `mutual-tls: spec.trafficPolicy.tls.mode ${what}`);
        assert.equal(
            refusal(rule({ host: "a", subsets: [{}, off] })),
            `mutual-tls: spec.subsets[1].trafficPolicy.tls.mode ${what}`,
        );
        assert.equal(
            refusal(
                rule({ host: "a", trafficPolicy: { portLevelSettings: [{ tls: { mode: "DISABLE" } }] } }),
            ),
            `mutual-tls: spec.trafficPolicy.portLevelSettings[0].tls.mode ${what}`,
        );
        const simple = { trafficPolicy: { tls: { mode: "SIMPLE" } } };
        assert.equal(
            refusal(rule({ host: "*.n.global", ...simple })),
            `mutual-tls: spec.trafficPolicy.tls.mode ${what}`,
        );
        // A host outside of the mesh has TLS of its own.
        passes(rule({ host: "database.example", ...simple }));
        passes(rule({ host: "*.n.global", trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } }));
        assert.match(
            refusal(meshText("enableAutoMtls: false")),
            /^mutual-tls: data\.mesh has enableAutoMtls off/,
        );
        for (const mesh of ["enableAutoMtls: true", "trustDomain: x", "[", "", 7]) passes(meshText(mesh));
    });

    it("refuse a gateway's host outside of the suffixes, by its place and not by its name", () => {
        assert.equal(
            refusal(gateway("a.n.global", "a.n.global.evil")),
            "gateway-hosts: spec.servers[1].hosts[1] is in no domain of mesh.suffixes, so the gateway would let in calls for " +
                "something else than the mesh's services",
        );
        for (const host of ["*", "evilglobal", "n/*"]) refusal(gateway(host));
        passes(gateway("a.n.global", "*.n.corp.example", "n/a.n.global"));
    });

    it("refuse a key that is too short and a certificate that is too long, by what the settings say", () => {
        const bits = (minimumRsaBits: number) => standards({ minimumRsaBits });
        assert.match(refusal(key({ algorithm: "RSA", rsaBits: 3071 })), /fewer bits than 3072 of RSA/);
        assert.match(refusal(key({ algorithm: "RSA" })), /fewer bits/);
        passes(key({ algorithm: "RSA", rsaBits: 3072 }));
        passes(key({ algorithm: "RSA" }), bits(2048));
        assert.match(refusal(key({ algorithm: "ECDSA", ecdsaCurve: "P224" })), /256 of ECDSA/);
        passes(key({ algorithm: "ECDSA", ecdsaCurve: "P256" }));
        passes(key({ algorithm: "ED25519" }));
        assert.match(
            refusal(root(3650 * 24 + 1)),
            /valid for more than 3650 days \(policy\.maximumRootDays\)/,
        );
        passes(root(3650 * 24));
        passes(root(3651 * 24), standards({ maximumRootDays: 3651 }));
        assert.match(refusal(intermediate({ validityPeriodHours: 366 * 24 })), /maximumIntermediateDays/);
        passes(intermediate({ validityPeriodHours: 365 * 24 }));
    });

    it("judge a root that is given where it signs", () => {
        const { certPem } = makeCertificate({ newKey: ["rsa:2048"] });
        const signed = intermediate({ validityPeriodHours: 24, caCertPem: certPem });
        assert.match(
            refusal(signed),
            /^certificate-strength: The root that signs it has a key of fewer bits/,
        );
        passes(signed, standards({ minimumRsaBits: 2048 }));
        assert.match(
            refusal(signed, standards({ minimumRsaBits: 2048, maximumRootDays: 9 })),
            /The root that signs it is valid for more than 9 days/,
        );
        passes(intermediate({ validityPeriodHours: 24, caCertPem: makeCertificate().certPem }));
        passes(intermediate({ validityPeriodHours: 24, caCertPem: "none" }));
    });

    it("refuse a load balancer that is open to the world without being told", () => {
        const aws = "service.beta.kubernetes.io/aws-load-balancer-scheme";
        assert.match(
            refusal(balancer({})),
            /^closed-balancers: The load balancer takes connections from any/,
        );
        refusal(balancer({ loadBalancerSourceRanges: [] }));
        refusal(balancer({ loadBalancerSourceRanges: ["192.0.2.0/24", "::/0"] }));
        refusal(balancer({}, { [aws]: "internet-facing" }));
        passes(balancer({ loadBalancerSourceRanges: ["192.0.2.0/24"] }));
        passes(balancer({}, { [aws]: "internal" }));
        passes(balancer({ type: "NodePort" }));
        passes(balancer({}), standards({ openBalancers: true }));
    });

    it("hold a stack to the strictest where its settings are wrong", () => {
        assert.deepEqual(standardsOf({ policy: {}, mesh: { suffixes: ["a"] } }), standards({}, ["a"]));
        assert.deepEqual(standardsOf({}), standards({}, ["global"]));
        assert.deepEqual(standardsOf({ policy: { producton: true } }).policy.production, true);
    });
});
