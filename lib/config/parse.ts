import { z } from "zod";
import { dnsLabelPattern } from "../base/names";
import { type CaSettings, caSchema } from "./ca";
import { type ClusterStackSettings, clusterStackSchema } from "./clusterStack";
import { contradictions } from "./contradictions";
import { withoutEmptyKeys } from "./emptyKeys";
import { plainCredentials } from "./kubeconfig";
import { partialContradictions } from "./partial";
import { policySchema } from "./policy";
import type { ConfigProblem } from "../base/problem";
import type { TeamFile } from "./teamFiles";
import { withTeams } from "./withTeams";

/** What a configuration turned out to be. */
export type ConfigResult =
    | { readonly kind: "ca"; readonly settings: CaSettings }
    | { readonly kind: "cluster"; readonly settings: ClusterStackSettings }
    | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/**
 * Checks the configuration of a stack, given as a map from key (without the project's prefix) to value.
 *
 * A stack with the key `ca` is the certificate stack; one with the key `cluster` installs into a cluster. A setting with
 * nothing behind its key counts as left out. What teams' files have for a cluster is checked with it.
 *
 * @param inherited keys that the project gives to all its stacks; those of clusters mean nothing to the certificate stack
 * @param beside what stands beside the settings
 */
export function parseConfig(
    stack: string,
    all: Values,
    inherited: readonly string[] = [],
    { teams = [], encrypted = [] }: Beside = {},
): ConfigResult {
    if ("ca" in all) return parseStack(stack, all, inherited, encrypted);
    const { settings, problems, placed } = withTeams(stack, all, teams);
    const result = parseStack(stack, settings, inherited, encrypted);
    const found = result.kind === "invalid" ? result.problems : [];
    const whole = [
        ...found.map(({ path, message }) => ({ path: placed(path), message: placed(message) })),
        ...problems,
    ];
    return whole.length === 0 ? result : { kind: "invalid", problems: whole };
}

/** What stands beside a stack's settings. */
interface Beside {
    /** The teams' files; none by default. */
    readonly teams?: readonly TeamFile[];
    /** Texts that the stack's file holds encrypted, in the clear; none by default. */
    readonly encrypted?: readonly string[];
}

/** The same of a stack's settings with what teams have for it. */
function parseStack(
    stack: string,
    all: Values,
    inherited: readonly string[],
    encrypted: readonly string[],
): ConfigResult {
    const isOthers = (key: string) => key in clusterStackSchema.shape && inherited.includes(key);
    const given =
        "ca" in all ? Object.fromEntries(Object.entries(all).filter(([key]) => !isOthers(key))) : all;
    const kinds = kindsOf(given);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
        const message =
            kind !== undefined
                ? "and `cluster` are both set; one stack is either the certificate stack or one cluster"
                : "or `cluster` must be set: `ca` for the certificate stack, `cluster` for one cluster";
        return { kind: "invalid", problems: [{ path: "ca", message }] };
    }
    const raw = withoutEmptyKeys(kind === "ca" ? caStackSchema : clusterStackSchema, given) as Values;
    if (kind === "ca") {
        const result = caStackSchema.safeParse(raw, { reportInput: true });
        return result.success
            ? { kind: "ca", settings: result.data.ca }
            : { kind: "invalid", problems: problemsOf(result.error) };
    }
    const result = clusterStackSchema.safeParse(raw, { reportInput: true });
    const problems = [
        ...(result.success
            ? contradictions(stack, result.data)
            : [...problemsOf(result.error), ...partialContradictions(stack, raw, result.error)]),
        ...plainCredentials(raw, encrypted),
    ];
    const message = `"${stack}" is the cluster's name and must be a DNS label; rename the stack`;
    const ofName = dnsLabelPattern.test(stack) ? [] : [{ path: "(stack name)", message }];
    return result.success && problems.length + ofName.length === 0
        ? { kind: "cluster", settings: result.data }
        : { kind: "invalid", problems: [...ofName, ...problems] };
}

type Values = Readonly<Record<string, unknown>>;

export const caStackSchema = z.strictObject({
    /** The certificates of the mesh, and with them its clusters. */
    ca: caSchema,
    /** What the stack is held to by the policies. */
    policy: policySchema.optional(),
});

/** Which kinds of stack a configuration asks for. A key with nothing behind it counts only where no other key decides. */
function kindsOf(given: Values): readonly ("ca" | "cluster")[] {
    const named = (["ca", "cluster"] as const).filter((key) => key in given);
    const filled = named.filter((key) => given[key] !== null);
    return filled.length > 0 || named.length > 1 ? filled : named;
}

function pathText(path: readonly PropertyKey[]): string {
    return path
        .map((part, index) => {
            if (typeof part === "number") return `[${part}]`;
            const name = String(part);
            // A key of a user's own may hold whatever a path is made of.
            if (!/^[\w-]+$/.test(name) && index > 0) return `["${name}"]`;
            return index === 0 ? name : `.${name}`;
        })
        .join("");
}

/** What a schema has against a value, in this project's words; the value must have been checked with `reportInput`. */
export function problemsOf(error: z.ZodError): readonly ConfigProblem[] {
    return error.issues.flatMap((issue) => {
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map((key) => ({
                path: pathText([...issue.path, key]),
                message: "is not a known setting; check the spelling against docs/configuration.md",
            }));
        }
        if (issue.code === "invalid_type" && issue.input === undefined) {
            return [
                { path: pathText(issue.path), message: `is missing; it must be ${article(issue.expected)}` },
            ];
        }
        if (issue.code === "invalid_type") {
            return [{ path: pathText(issue.path), message: `must be ${article(issue.expected)}` }];
        }
        // What is wrong with a map's key is said by the rule for its keys.
        const message = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
        return [{ path: pathText(issue.path), message: message ?? issue.message }];
    });
}

const nouns: Readonly<Record<string, string>> = {
    string: "a text",
    array: "a list",
    object: "a map",
    record: "a map",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
};

function article(expected: string): string {
    return nouns[expected] ?? expected;
}
