import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { openssl } from "./engineOpenssl";

/** A certificate with its key, PEM. */
export interface KeyPair {
    readonly certPem: string;
    readonly keyPem: string;
}

/** A certificate authority that nobody in the mesh knows. */
export function strangeAuthority(): KeyPair {
    return inFolder((file) => {
        const key = newKey(file("key.pem"));
        openssl([
            ...["req", "-x509", "-new", "-key", file("key.pem"), "-out", file("cert.pem"), "-days", "1"],
            ...["-subj", "/O=Istio/CN=Root CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        ]);
        return { certPem: fs.readFileSync(file("cert.pem"), "utf8"), keyPem: key };
    });
}

/** A workload's certificate, as istiod would sign it, with its chain. */
export function clientCertificate(identity: string, authority: KeyPair): { chain: string; key: string } {
    return inFolder((file) => {
        const key = newKey(file("key.pem"));
        fs.writeFileSync(file("ca.pem"), authority.certPem);
        fs.writeFileSync(file("ca-key.pem"), authority.keyPem);
        fs.writeFileSync(
            file("extensions"),
            `subjectAltName=critical,URI:${identity}\nextendedKeyUsage=serverAuth,clientAuth\n` +
                `keyUsage=critical,digitalSignature,keyEncipherment\nbasicConstraints=critical,CA:FALSE\n`,
        );
        openssl(["req", "-new", "-key", file("key.pem"), "-out", file("request.pem"), "-subj", "/"]);
        openssl([
            ...["x509", "-req", "-in", file("request.pem"), "-out", file("cert.pem"), "-days", "1"],
            ...["-CA", file("ca.pem"), "-CAkey", file("ca-key.pem"), "-set_serial", String(Date.now())],
            ...["-extfile", file("extensions")],
        ]);
        return { chain: `${fs.readFileSync(file("cert.pem"), "utf8")}${authority.certPem}`, key };
    });
}

/** Makes a key, in a file too. */
function newKey(file: string): string {
    openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file]);
    return fs.readFileSync(file, "utf8");
}

/** Runs something with a folder of its own, which is removed afterwards with the keys in it. */
function inFolder<T>(run: (file: (name: string) => string) => T): T {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-certificate-"));
    try {
        return run((name) => path.join(folder, name));
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
