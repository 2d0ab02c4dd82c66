import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { certificatesIn, type KeyPair } from "../../lib/certificates/certificates";
import { openssl } from "./engineOpenssl";

/** A certificate to make with openssl. */
export interface Wanted {
    /** Common name of the subject. */
    readonly name?: string;
    /** Extensions as openssl's configuration writes them. */
    readonly extensions?: readonly string[];
    /** Arguments of `-newkey`. */
    readonly newKey?: readonly string[];
    /** Who signs it; itself by default. */
    readonly issuer?: KeyPair;
}

/** The extensions of a root under which intermediates may stand. */
export const rootExtensions = [
    "basicConstraints=critical,CA:TRUE,pathlen:1",
    "keyUsage=critical,keyCertSign,cRLSign",
];

/** Makes a certificate of ten days, and its key, with openssl. */
export function makeCertificate({
    name = "Example Root",
    extensions = rootExtensions,
    newKey = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    issuer,
}: Wanted = {}): KeyPair {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "certificate-"));
    const at = (file: string, content: string) => {
        fs.writeFileSync(path.join(folder, file), content, { mode: 0o600 });
        return path.join(folder, file);
    };
    try {
        // Without openssl's own configuration, which adds extensions of its own.
        const config = at("config", "[req]\ndistinguished_name=dn\n[dn]\n");
        const text = openssl([
            ...["req", "-config", config, "-x509", "-nodes", "-days", "10", "-subj", `/CN=${name}`],
            ...["-newkey", ...newKey, ...extensions.flatMap((each) => ["-addext", each]), "-keyout", "-"],
            ...(issuer
                ? ["-CA", at("ca.pem", issuer.certPem), "-CAkey", at("ca.key", issuer.privateKeyPem)]
                : []),
        ]);
        const [certPem = ""] = certificatesIn(text);
        const privateKeyPem =
            /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----\n/.exec(text)?.[0] ?? "";
        return { certPem, privateKeyPem };
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
