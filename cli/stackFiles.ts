import * as fs from "node:fs";
import * as path from "node:path";
import { notYaml, parseStackFile } from "../lib/base/stackFileText";
import { z } from "zod";
import { problemsOf } from "../lib/config/parse";
import type { Declared } from "../lib/mesh/handover";
import { mergedSettings, settingsOf } from "../lib/mesh/settings";
import { placeOfFolder, readEnvironment } from "../files/environments";
import { certificateStacks, environmentFile, ownFolder } from "../lib/mesh/environments";
import type { CommandLine } from "./commandLine";
import { refuseSharedStacks } from "./environments";
import { fileHints } from "./hints/fileHints";
import type { Mesh } from "./plan";
import { handedLength, longestSettings } from "../lib/mesh/handedSettings";
import { Problem } from "./problem";

const projectFile = z.object({ name: z.string() });
const stackFile = z.object({ config: z.record(z.string(), z.unknown()).nullish() });
/** The program is where the project's own settings are checked. */
const projectConfig = stackFile.catch({});
const caConfig = z.object({ clusters: z.array(z.string()).min(1) });
/**
 * A cluster that sets nothing here takes the default, which only the program knows. So does one whose setting is wrong, until
 * the program has said so together with what else is.
 */
const meshConfig = z.object({ caStack: z.string().nullish() }).nullish().catch(undefined);

/** Name of a stack's config file inside the project folder. */
export function stackFileName(stack: string): string {
    return `Pulumi.${stack}.yaml`;
}

/**
 * Finds out from the files in the project folder which stacks form a mesh. Only the shape needed for that is looked at
 * here; the program checks the rest of the config.
 *
 * @param folder the folder of the environment, which holds Pulumi.yaml
 * @param command the command that was typed
 * @throws Problem when a file is missing, is not YAML, or belongs to another mesh, or a stack is another environment's as well
 */
export function loadMesh(folder: string, command: CommandLine): Mesh {
    const project = projectName(folder);
    refuseSharedStacks(folder);
    const ca = certificateStack(folder, project);
    const config = readConfig(folder, project, ca, "ca", caConfig);
    // A name that is there twice is for the certificate stack's program to refuse.
    const clusters = [...new Set(config?.clusters)];
    const missing = clusters.filter((name) => !isThere(path.join(folder, stackFileName(name))));
    if (missing.length > 0)
        throw new Problem(
            `${shownFile(folder, stackFileName(ca))} lists clusters that have no stack file: ${missing.map(stackFileName).join(", ")}.`,
            fileHints.clusterWithoutFile(command, shownFile(folder, stackFileName(ca))),
        );
    for (const name of clusters) {
        const caStack = readConfig(folder, project, name, "mesh", meshConfig)?.caStack;
        if (typeof caStack === "string" && caStack !== ca)
            throw new Problem(
                `${stackFileName(ca)} lists cluster "${name}", but ${stackFileName(name)} says that its certificates ` +
                    `come from stack "${caStack}".`,
                fileHints.otherCaStack(ca, stackFileName(ca), name, stackFileName(name)),
            );
    }
    return { project, ca, clusters };
}

/**
 * The certificate stack of a folder: the one whose file sets the key `ca`.
 *
 * @throws Problem where a stack file is not YAML, and where there is none or more than one
 */
function certificateStack(folder: string, project: string): string {
    const environment = readEnvironment(folder, ownFolder);
    for (const stack of environment.stacks.keys()) read(folder, stackFileName(stack), stackFile);
    const [ca, ...more] = certificateStacks(environment);
    if (ca === undefined)
        throw new Problem(
            `No stack file of this folder sets the key "${project}:ca", so there is no mesh in it: ${folder}`,
            fileHints.noCertificateStack(),
        );
    if (more.length > 0)
        throw new Problem(
            `${[ca, ...more].map((stack) => shownFile(folder, stackFileName(stack))).join(" and ")} set the key "${project}:ca", so there is more than one mesh in ${folder}.`,
            fileHints.severalMeshes(),
        );
    return ca;
}

/**
 * Name of the Pulumi project in a folder.
 *
 * @throws Problem when there is none
 */
export function projectName(folder: string): string {
    const project = read(folder, "Pulumi.yaml", projectFile);
    if (project === undefined) throw new Problem(`There is no Pulumi.yaml in ${folder}.`);
    return project.name;
}

/**
 * The settings of some stacks, as their files say them now, for all programs of a command to plan from. A stack whose file is
 * not all that it goes by declares nothing.
 *
 * @throws Problem where a stack's settings are too long for Pulumi
 */
export function declaredSettings(
    folder: string,
    project: string,
    stacks: readonly string[],
): Readonly<Record<string, Declared>> {
    const text = (name: string) => {
        const file = path.join(folder, name);
        return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    };
    const below = text("Pulumi.yaml");
    const settings = Object.fromEntries(
        stacks.map((stack) => [stack, settingsOf(text(stackFileName(stack)), below, project) ?? {}]),
    );
    refuseTooLong(settings, project);
    return settings;
}

/** @throws Problem where Pulumi could not start the program of a stack, since its settings are too long */
function refuseTooLong(settings: Readonly<Record<string, Declared>>, project: string): void {
    const long = Object.entries(settings)
        .map(([stack, declared]) => ({ stack, length: handedLength(declared, project) }))
        .filter(({ length }) => length > longestSettings);
    if (long.length === 0) return;
    const sentences = long.map(
        ({ stack, length }) =>
            `The settings of stack "${stack}" are ${length} bytes long, and Pulumi can hand no more than ${longestSettings} to a program.`,
    );
    throw new Problem(sentences.join("\n"), fileHints.settingsTooLong(long.map(({ stack }) => stack)));
}

/** What a file of an environment is called in messages: its path from the project's folder. */
function shownFile(folder: string, name: string): string {
    return environmentFile(placeOfFolder(folder).name, name);
}

/** A stack file's text without its passphrase salt, or undefined when it has none or holds values encrypted with it. */
export function withoutUnusedSalt(text: string): string | undefined {
    const salt = /^encryptionsalt:.*(?:\n|$)/m;
    return salt.test(text) && !/\bsecure:/.test(text) ? text.replace(salt, "") : undefined;
}

/**
 * One key of a stack's configuration, or undefined when the stack has no file.
 *
 * @throws Problem when the value has another shape
 */
export function readConfig<T extends z.ZodType>(
    folder: string,
    project: string,
    stack: string,
    key: string,
    schema: T,
): z.output<T> | undefined {
    const file = read(folder, stackFileName(stack), stackFile);
    if (file === undefined) return undefined;
    const below = read(folder, "Pulumi.yaml", projectConfig)?.config;
    const value = mergedSettings(file.config ?? {}, below ?? {}, project)[key];
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) return result.data;
    throw new Problem(
        `${shownFile(folder, stackFileName(stack))} does not say what "${project}:${key}" is: ${issues(result.error)}.`,
    );
}

function read<T extends z.ZodType>(folder: string, name: string, schema: T): z.output<T> | undefined {
    const file = path.join(folder, name);
    if (!isThere(file)) return undefined;
    let content: unknown;
    try {
        content = parseStackFile(fs.readFileSync(file, "utf8"));
    } catch (error) {
        throw new Problem(`${shownFile(folder, name)} ${notYaml(error)}.`);
    }
    const result = schema.safeParse(content, { reportInput: true });
    if (result.success) return result.data;
    throw new Problem(`${shownFile(folder, name)} has the wrong shape: ${issues(result.error)}.`);
}

/** Whether there is such a file, and no folder. Of a link that leads nowhere the system tells when it is read. */
function isThere(file: string): boolean {
    return fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === false;
}

function issues(error: z.ZodError): string {
    return problemsOf(error)
        .map(({ path: place, message }) => `${place === "" ? "it" : place} ${message}`)
        .join("; ");
}
