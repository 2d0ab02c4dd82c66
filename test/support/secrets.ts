import fc from "fast-check";

/** A secret as it stands in a text, and the parts of it by which it is known again. */
export interface Planted {
    readonly text: string;
    readonly needles: readonly string[];
}

const bytes = (least: number, most = 150) =>
    fc.uint8Array({ minLength: least, maxLength: most }).map((array) => Buffer.from(array));
const base64 = (least: number) => bytes(least).map((buffer) => buffer.toString("base64"));
const base64url = (least: number) => bytes(least).map((buffer) => buffer.toString("base64url"));
const word = (
    least: number,
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~",
) =>
    fc
        .array(fc.constantFrom(...letters.split("")), { minLength: least, maxLength: 60 })
        .map((found) => found.join(""));

/** Pieces of a long text, the tail left out where it is too short to be told from anything else. */
const piecesOf = (text: string) => (text.match(/.{1,24}/g) ?? []).filter((piece) => piece.length === 24);

const pem = fc
    .record({
        kind: fc.constantFrom(
            "PRIVATE KEY",
            "EC PRIVATE KEY",
            "RSA PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "CERTIFICATE",
        ),
        body: base64(48),
        eol: fc.constantFrom("\n", "\r\n", "\\n"),
        isWhole: fc.boolean(),
    })
    .map(({ kind, body, eol, isWhole }): Planted => {
        const lines = [`-----BEGIN ${kind}-----`, ...(body.match(/.{1,64}/g) ?? [])];
        return {
            text: [...lines, ...(isWhole ? [`-----END ${kind}-----`, ""] : [])].join(eol),
            needles: lines.slice(1).filter((line) => line.length >= 12),
        };
    });

const jwt = fc
    .record({ claims: fc.dictionary(word(1), word(1)), signature: base64url(32) })
    .map(({ claims, signature }): Planted => {
        const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const payload = encoded({ sub: "system:serviceaccount:kube-system:x", ...claims });
        return {
            text: [encoded({ alg: "RS256", kid: "k" }), payload, signature].join("."),
            needles: [signature, ...piecesOf(payload)],
        };
    });

const bearer = fc
    .record({ word: fc.constantFrom("Bearer ", "bearer  ", "authorization: Bearer "), token: word(12) })
    .map(({ word: scheme, token }): Planted => ({ text: scheme + token, needles: [token] }));

const cookie = fc
    .record({ name: fc.constantFrom("Cookie: s=", "set-cookie: id=", '"cookie":"'), value: word(12) })
    .map(({ name, value }): Planted => ({ text: name + value, needles: [value] }));

const kubeconfig = fc
    .record({ certificate: base64(60), key: base64(60), token: word(20) })
    .map(({ certificate, key, token }): Planted => ({
        text: [
            "users:",
            "- name: admin",
            "  user:",
            `    client-certificate-data: LS0tLS1CRUdJTi${certificate}`,
            `    client-key-data: LS0tLS1CRUdJTi${key}`,
            `    token: ${token}`,
        ].join("\n"),
        needles: [token, ...piecesOf(certificate), ...piecesOf(key)],
    }));

const url = fc
    .record({ user: word(1, "abcxyz"), password: word(8, "abcXYZ0123456789!$&*+-_:%") })
    .map(({ user, password }): Planted => ({
        text: `https://${user}:${password}@db.shop.svc:5432/x?y=1`,
        needles: [password],
    }));

const assigned = fc
    .record({
        name: fc.constantFrom("DB_PASSWORD=", "api_key: ", '"client_secret": "', "token="),
        value: word(12),
    })
    .map(({ name, value }): Planted => ({ text: name + value, needles: [value] }));

/** Secrets of every kind that is known. */
export const aSecret: fc.Arbitrary<Planted> = fc.oneof(pem, jwt, bearer, cookie, kubeconfig, url, assigned);

/** A text with a secret somewhere in it. */
export const aTextWithSecret: fc.Arbitrary<Planted> = fc
    .record({
        before: fc.constantFrom("", "x ", "HTTP 503: ", 'inline: "', "(", "a=b;", "\n", "= "),
        after: fc.constantFrom("", " y", '"', ")", "\n", ", z"),
        secret: aSecret,
    })
    .map(({ before, after, secret }) => ({ text: before + secret.text + after, needles: secret.needles }));
