import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { CaSettings } from "./lib/config/ca";
import type { ClusterStackSettings } from "./lib/config/clusterStack";
import { parseConfig } from "./lib/config/parse";
import { configMessage } from "./lib/base/problem";
import { secretTexts, textsIn } from "./lib/config/secretTexts";
import { teamFilesOf } from "./lib/config/teamFiles";
import { withTeams } from "./lib/config/withTeams";
import type { Declared, RunDeclarations } from "./lib/mesh/handover";
import { asReadFirst, ChangedMeanwhile } from "./lib/mesh/settings";
import type { ClusterConfig } from "./stacks/cluster";
import { fileSettings, projectSettings, teamTexts } from "./stacks/fileSettings";

/** What a stack is, decided by which of the keys `ca` and `cluster` its file sets. */
export type StackConfig = (
    | { readonly kind: "ca"; readonly settings: CaSettings }
    | {
          readonly kind: "cluster";
          readonly settings: ClusterStackSettings;
          /** What teams' files had to do with the settings. */
          readonly teams: ClusterConfig["teams"];
      }
) & {
    readonly name: string;
    /** Texts that its settings hold encrypted, in the clear. */
    readonly secrets: readonly string[];
};

/**
 * Reads and checks the stack's configuration, and what teams' files have for the stack.
 *
 * @param run what the `mesh` command that runs this program has read; undefined without one
 * @throws pulumi.RunError with one message that lists every problem, before any resource exists
 */
export function loadConfig(run?: Pick<RunDeclarations, "stacks" | "teams">): StackConfig {
    const config = new pulumi.Config();
    const stack = pulumi.getStack();
    // Every key of the project, so that a misspelt one is found too.
    const prefix = `${pulumi.getProject()}:`;
    const known = Object.fromEntries(
        Object.keys(pulumi.runtime.allConfig())
            .filter((key) => key.startsWith(prefix))
            .map((key) => key.slice(prefix.length))
            .map((key) => [key, settingOf(config.get(key))] as const),
    );
    const raw = goBy(stack, known, run?.stacks[stack] ?? {});
    const files = teamFilesOf(run?.teams ?? teamTexts());
    const result = parseConfig(stack, raw, inherited(raw), { teams: files, encrypted: secretsIn(raw) });
    if (result.kind === "invalid") throw new pulumi.RunError(configMessage(stack, result.problems));
    const common = { name: stack, secrets: secretsIn(raw) };
    return result.kind === "ca"
        ? { ...result, ...common }
        : { ...result, ...common, teams: { ...withTeams(stack, raw, files), files } };
}

/** The settings to go by, where a file may have been changed since the command that runs all programs began. */
function goBy(stack: string, known: Declared, first: Declared): Declared {
    const now = Object.keys(first).length === 0 ? undefined : fileSettings(stack);
    if (now === undefined) return known;
    try {
        return asReadFirst(known, first, now);
    } catch (error) {
        if (!(error instanceof ChangedMeanwhile)) throw error;
        throw new pulumi.RunError(
            `Pulumi.${stack}.yaml was changed after the command had begun, in what it holds encrypted (${error.message}). ` +
                `Run the command again.`,
        );
    }
}

/** What the stack's file holds encrypted. Where the file is not all there is (an environment), all of a secret key's texts. */
function secretsIn(raw: Readonly<Record<string, unknown>>): readonly string[] {
    const keys = secretKeys();
    if (keys.length === 0) return [];
    const declared = fileSettings(pulumi.getStack()) ?? projectSettings();
    return keys.flatMap((key) => {
        const found = secretTexts(declared[key], raw[key]);
        return found.length > 0 ? found : textsIn(raw[key]);
    });
}

/** Keys of the project with something encrypted in them, which the language host names in a variable; the SDK tells nobody. */
function secretKeys(): readonly string[] {
    const named = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as readonly string[];
    const prefix = `${pulumi.getProject()}:`;
    return named.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

/** Keys that the project gives to all its stacks (`config` of Pulumi.yaml), and that the stack's own file leaves as they are. */
function inherited(raw: Readonly<Record<string, unknown>>): readonly string[] {
    const ofProject = projectSettings();
    return Object.keys(ofProject).filter((key) => isDeepStrictEqual(ofProject[key], raw[key]));
}

/**
 * What a stack's file says of a key. The engine hands texts over as they are and everything else as JSON: `yes` and `a: b`
 * are texts to it, and a key with nothing behind it is an empty one.
 */
function settingOf(text: string | undefined): unknown {
    if (text === undefined || text === "") return null;
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}
