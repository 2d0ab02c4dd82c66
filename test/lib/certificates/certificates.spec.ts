import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
    certificatesIn,
    daysUntil,
    fingerprint,
    fingerprintOf,
    intermediateProblems,
    type KeyPair,
    rootProblems,
} from "../../../lib/certificates/certificates";
import { configMessage } from "../../../lib/base/problem";
import { plainKeys } from "../../../lib/certificates/plainKeys";
import { makeCertificate, type Wanted } from "../../support/certificates";
import { openssl } from "../../support/engineOpenssl";

const paths = { cert: "ca.root.certFile", key: "ca.root.keyFile" };
const day = 24 * 60 * 60 * 1000;

/** The whole message for a root, as the program shows it; empty for a good one. */
function message(root: KeyPair, now = new Date()): string {
    const problems = rootProblems(root, paths, now);
    return problems.length === 0 ? "" : configMessage("ca", problems);
}

const whole = (...lines: readonly string[]) =>
    [
        `The configuration of stack "ca" (Pulumi.ca.yaml) has ${lines.length === 1 ? "1 problem" : `${lines.length} problems`}:`,
        ...lines.map((line) => `  - ${line}`),
    ].join("\n");

describe("a root that the user gives", () => {
    const good = makeCertificate();
    const end = new Date(new X509Certificate(good.certPem).validTo);
    const start = new Date(new X509Certificate(good.certPem).validFrom);

    it("is taken with path length 1 or none, with or without key usage, ECDSA or RSA", () => {
        const authority = "basicConstraints=critical,CA:TRUE";
        assert.equal(message(good), "");
        assert.equal(message(makeCertificate({ extensions: [authority] })), "");
        assert.equal(
            message(makeCertificate({ extensions: [`${authority},pathlen:300`], newKey: ["rsa:2048"] })),
            "",
        );
        const traditional = openssl(["pkey", "-traditional"], good.privateKeyPem);
        assert.match(traditional, /BEGIN EC PRIVATE KEY/);
        assert.equal(message({ ...good, privateKeyPem: traditional }), "");
    });

    it("is refused when it is expired", () => {
        assert.equal(
            message(good, new Date(end.getTime() + 1)),
            whole(`ca.root.certFile ended on ${end.toISOString()}; give a certificate that is valid`),
        );
    });

    it("is refused when it is not valid yet", () => {
        assert.equal(
            message(good, new Date(start.getTime() - day)),
            whole(
                `ca.root.certFile is not valid before ${start.toISOString()}; wait until then, or correct this machine's clock`,
            ),
        );
    });

    it("is refused when it is no authority", () => {
        const text =
            "ca.root.certFile is no certificate authority (its basic constraints do not say CA:TRUE); give one that is";
        assert.equal(message(makeCertificate({ extensions: ["basicConstraints=CA:FALSE"] })), whole(text));
        assert.equal(
            message(makeCertificate({ extensions: ["subjectAltName=DNS:example.com"] })),
            whole(text),
        );
    });

    it("is refused when no intermediate may follow it", () => {
        assert.equal(
            message(makeCertificate({ extensions: ["basicConstraints=critical,CA:TRUE,pathlen:0"] })),
            whole(
                "ca.root.certFile has path length 0, so no intermediate may follow it, and each cluster gets one; give a " +
                    "root with path length 1 or more, or none",
            ),
        );
    });

    it("is refused when its key usage does not let it sign", () => {
        const extensions = [
            "basicConstraints=critical,CA:TRUE",
            "keyUsage=critical,digitalSignature,cRLSign",
        ];
        assert.equal(
            message(makeCertificate({ extensions })),
            whole(
                "ca.root.certFile may not sign certificates (its key usage lacks keyCertSign); give a root whose key usage allows it",
            ),
        );
    });

    it("is refused when somebody else has signed it", () => {
        assert.equal(
            message(makeCertificate({ name: "Below", issuer: good })),
            whole(
                'ca.root.certFile is not signed by itself, but by "CN=Example Root"; proxies trust only a root, so give that one',
            ),
        );
    });

    it("is refused when its key is of a type that Istio does not take", () => {
        assert.equal(
            message(makeCertificate({ newKey: ["ed25519"] })),
            whole("ca.root.certFile has a key of type ed25519; Istio takes RSA and ECDSA keys only"),
        );
    });

    it("is refused with the key of another certificate", () => {
        assert.equal(
            message({ ...good, privateKeyPem: makeCertificate().privateKeyPem }),
            whole(
                "ca.root.keyFile does not belong to the certificate in ca.root.certFile; give the key that the certificate was made with",
            ),
        );
    });

    it("is refused with a key behind a password, or none", () => {
        const locked = openssl(["pkey", "-aes256", "-passout", "pass:secret"], good.privateKeyPem);
        assert.equal(
            message({ ...good, privateKeyPem: locked }),
            whole(
                "ca.root.keyFile is locked by a password; give the key without one (openssl pkey -in KEY -out KEY.plain)",
            ),
        );
        assert.equal(
            message({ certPem: "nothing", privateKeyPem: "nothing" }),
            whole(
                "ca.root.certFile holds no PEM certificate; give a text that begins with -----BEGIN CERTIFICATE-----",
                "ca.root.keyFile holds no PEM private key; give a text that begins with -----BEGIN PRIVATE KEY-----",
            ),
        );
    });

    it("is refused with another certificate beside it", () => {
        assert.equal(
            message({ ...good, certPem: good.certPem + makeCertificate().certPem }),
            whole("ca.root.certFile holds 2 certificates; give the root alone"),
        );
    });

    it("is refused for everything at once", () => {
        const bad = makeCertificate({ extensions: ["basicConstraints=CA:FALSE"] });
        const other = makeCertificate().privateKeyPem;
        assert.equal(
            message({ ...bad, privateKeyPem: other }, new Date(Date.now() + 20 * day)).split("\n").length,
            4,
        );
    });
});

describe("certificates", () => {
    it("are found in a bundle, and known by their fingerprint", () => {
        const [one, two] = [makeCertificate(), makeCertificate()];
        const bundle = `a comment\n${one.certPem.replaceAll("\n", "\r\n")}${two.certPem.trimEnd()}`;
        assert.deepEqual(certificatesIn(bundle), [one.certPem, two.certPem]);
        assert.equal(
            openssl(["x509", "-noout", "-fingerprint", "-sha256"], one.certPem).trim().split("=")[1],
            new X509Certificate(one.certPem).fingerprint256,
        );
        assert.equal(fingerprint(one.certPem), fingerprintOf(new X509Certificate(one.certPem)));
        assert.match(fingerprint(one.certPem), /^[0-9a-f]{64}$/);
        assert.equal(fingerprint("(known later)"), "");
    });

    it("end in whole days, rounded down", () => {
        const now = new Date("2026-11-22T12:00:00Z");
        assert.equal(daysUntil("2026-11-24T11:59:59Z", now), 1);
        assert.equal(daysUntil("2026-11-24T12:00:00Z", now), 2);
        assert.equal(daysUntil("2026-11-22T11:59:59Z", now), -1);
    });
});

describe("an intermediate that the user gives", () => {
    const root = makeCertificate();
    const authority = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"];
    const signed = (wanted: Wanted = {}) =>
        makeCertificate({ name: "Intermediate", extensions: authority, issuer: root, ...wanted });
    const place = { cert: "ca.root.intermediates.a.certFile", key: "ca.root.intermediates.a.keyFile" };
    const messages = (pair: KeyPair) =>
        intermediateProblems(pair, root.certPem, place, new Date()).map(
            ({ path, message: text }) => `${path} ${text}`,
        );

    it("is taken where its root has signed it", () => {
        assert.deepEqual(messages(signed()), []);
    });

    it("is refused where another root has, also one of the same name", () => {
        assert.deepEqual(messages(signed({ issuer: makeCertificate() })), [
            'ca.root.intermediates.a.certFile is signed by "CN=Example Root", and not by this root; give the intermediate that the root itself has signed',
        ]);
        assert.match(messages(root).join("\n"), /^$/);
        assert.match(messages(makeCertificate({ name: "Other" })).join(), /is signed by "CN=Other"/);
    });

    it("is refused where it is no authority, or its key is another's", () => {
        assert.deepEqual(messages(signed({ extensions: ["basicConstraints=critical,CA:FALSE"] })), [
            "ca.root.intermediates.a.certFile is no certificate authority (its basic constraints do not say CA:TRUE); give one that is",
        ]);
        assert.deepEqual(messages({ ...signed(), privateKeyPem: root.privateKeyPem }), [
            "ca.root.intermediates.a.keyFile does not belong to the certificate in ca.root.intermediates.a.certFile; give the key that the certificate was made with",
        ]);
    });
});

describe("plainKeys", () => {
    it("finds keys that stand in a stack file unencrypted", () => {
        const file = (key: string) =>
            `config:\n  mesh:ca:\n    root:\n      certPem: a\n      privateKeyPem: ${key}\n` +
            `      intermediates: { a: { certPem: a, privateKeyPem: ${key} } }\n` +
            `    rotation:\n      to:\n        privateKeyPem: ${key}\n`;
        assert.deepEqual(plainKeys(file("text"), "mesh"), [
            "ca.root.privateKeyPem",
            "ca.root.intermediates.a.privateKeyPem",
            "ca.rotation.to.privateKeyPem",
        ]);
        assert.deepEqual(plainKeys(file("{ secure: v1 }"), "mesh"), []);
        assert.deepEqual(plainKeys("config: {}", "mesh"), []);
    });
});
