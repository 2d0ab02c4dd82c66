import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { certificatesIn, type KeyPair, rootProblems } from "../lib/certificates/certificates";
import type { CaSettings, RootSettings } from "../lib/config/ca";
import { type ConfigProblem, configMessage } from "../lib/base/problem";
import { plainKeys } from "../lib/certificates/plainKeys";

/**
 * Reads and checks the roots that the user gives, by name.
 *
 * @throws pulumi.RunError with one message that lists every problem of every root
 */
export function readGivenRoots(
    stack: string,
    { root, rotation }: CaSettings,
    now: Date,
): ReadonlyMap<string, KeyPair> {
    const file = `Pulumi.${stack}.yaml`;
    const plain = existsSync(file) ? plainKeys(readFileSync(file, "utf8"), pulumi.getProject()) : [];
    const problems: ConfigProblem[] = plain.map((path) => ({
        path,
        message:
            `stands in the stack file in plain text, so the key is no secret any more; make another root, and set its key ` +
            `encrypted: pulumi config set --stack ${stack} --secret --path ${pulumi.getProject()}:${path} < KEYFILE`,
    }));
    const roots = new Map<string, KeyPair>();
    const take = (settings: RootSettings, path: string) => {
        const pair = readPair(settings, path, problems);
        if (pair === undefined) return;
        const [cert, key] =
            settings.certPem === undefined ? ["certFile", "keyFile"] : ["certPem", "privateKeyPem"];
        problems.push(...rootProblems(pair, { cert: `${path}.${cert}`, key: `${path}.${key}` }, now));
        roots.set(settings.name, { ...pair, certPem: certificatesIn(pair.certPem).join("") });
    };
    if (rotation?.step !== "retire") take(root, "ca.root");
    if (rotation) take(rotation.to, "ca.rotation.to");
    if (problems.length > 0) throw new pulumi.RunError(configMessage(stack, problems));
    return roots;
}

/** The texts of a given root, or undefined for one that the stack makes, or whose files can't be read. */
function readPair(root: RootSettings, path: string, problems: ConfigProblem[]): KeyPair | undefined {
    const { certPem, privateKeyPem, certFile, keyFile } = root;
    if (certPem !== undefined && privateKeyPem !== undefined) return { certPem, privateKeyPem };
    if (certFile === undefined || keyFile === undefined) return undefined;
    const read = (file: string, setting: string): string | undefined => {
        try {
            return readFileSync(file, "utf8");
        } catch (error) {
            const why = (error as NodeJS.ErrnoException).code ?? "unknown reason";
            problems.push({
                path: `${path}.${setting}`,
                message: `is ${file}, which can't be read (${why}); paths are relative to the project folder`,
            });
            return undefined;
        }
    };
    const [cert, key] = [read(certFile, "certFile"), read(keyFile, "keyFile")];
    return cert === undefined || key === undefined ? undefined : { certPem: cert, privateKeyPem: key };
}
