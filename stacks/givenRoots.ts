import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
    certificatesIn,
    type GivenRoot,
    intermediateProblems,
    type PairPaths,
    rootProblems,
} from "../lib/certificates/certificates";
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
): ReadonlyMap<string, GivenRoot> {
    const file = `Pulumi.${stack}.yaml`;
    const plain = existsSync(file) ? plainKeys(readFileSync(file, "utf8"), pulumi.getProject()) : [];
    const problems: ConfigProblem[] = plain.map((path) => ({
        path,
        message:
            `stands in the stack file in plain text, so the key is no secret any more; make another root, and set its key ` +
            `encrypted: pulumi config set --stack ${stack} --secret --path ${pulumi.getProject()}:${path} < KEYFILE`,
    }));
    const roots = new Map<string, GivenRoot>();
    const take = (settings: RootSettings, path: string) => {
        const root = readRoot(settings, path, problems, now);
        if (root !== undefined) roots.set(settings.name, root);
    };
    if (rotation?.step !== "retire") take(root, "ca.root");
    if (rotation) take(rotation.to, "ca.rotation.to");
    if (problems.length > 0) throw new pulumi.RunError(configMessage(stack, problems));
    return roots;
}

/** A given root, or undefined for one that the stack makes, or whose files can't be read. */
function readRoot(
    settings: RootSettings,
    path: string,
    problems: ConfigProblem[],
    now: Date,
): GivenRoot | undefined {
    const { certPem, privateKeyPem } = readPair(settings, path, problems);
    if (certPem === undefined) return undefined;
    const pair = { certPem, ...(privateKeyPem !== undefined && { privateKeyPem }) };
    problems.push(...rootProblems(pair, pathsOf(settings, path), now));
    const intermediates = readIntermediates(settings, certPem, `${path}.intermediates`, problems, now);
    return { ...pair, certPem: certificatesIn(certPem).join(""), ...(intermediates && { intermediates }) };
}

function readIntermediates(
    { intermediates }: RootSettings,
    rootPem: string,
    path: string,
    problems: ConfigProblem[],
    now: Date,
): GivenRoot["intermediates"] {
    if (intermediates === undefined) return undefined;
    const read = Object.entries(intermediates).flatMap(([cluster, settings]) => {
        const place = `${path}.${cluster}`;
        const { certPem, privateKeyPem } = readPair(settings, place, problems);
        if (certPem === undefined || privateKeyPem === undefined) return [];
        const pair = { certPem, privateKeyPem };
        problems.push(...intermediateProblems(pair, rootPem, pathsOf(settings, place), now));
        return [[cluster, { ...pair, certPem: certificatesIn(certPem).join("") }] as const];
    });
    return new Map(read);
}

type PairSettings = Pick<RootSettings, "certPem" | "privateKeyPem" | "certFile" | "keyFile">;

function pathsOf({ certPem }: PairSettings, path: string): PairPaths {
    const [cert, key] = certPem === undefined ? ["certFile", "keyFile"] : ["certPem", "privateKeyPem"];
    return { cert: `${path}.${cert}`, key: `${path}.${key}` };
}

/** The texts of a certificate and its key, of which those are undefined that are not given, or whose file can't be read. */
function readPair(
    { certPem, privateKeyPem, certFile, keyFile }: PairSettings,
    path: string,
    problems: ConfigProblem[],
): { readonly certPem: string | undefined; readonly privateKeyPem: string | undefined } {
    const read = (file: string | undefined, setting: string): string | undefined => {
        if (file === undefined) return undefined;
        try {
            return readFileSync(file, "utf8");
        } catch (error) {
            const why = (error as NodeJS.ErrnoException).code ?? "unknown reason";
            problems.push({
                path: `${path}.${setting}`,
                message: `is ${file}, which can't be read (${why}); a relative path begins at the folder of the stack's file`,
            });
            return undefined;
        }
    };
    return {
        certPem: certPem ?? read(certFile, "certFile"),
        privateKeyPem: privateKeyPem ?? read(keyFile, "keyFile"),
    };
}
