import { z } from "zod";
import { storeOf } from "../base/backendStore";
import { parseStackFile } from "../base/stackFileText";
import { declaredAccess } from "./declarations";
import type { Declared } from "./handover";
import { type Place, sharedClusters, whereIs } from "./membership";
import { settingsOf } from "./settings";

/** The folder of the environments, inside the project. */
export const environmentsFolder = "environments";

/** What the project's own folder is called as an environment. */
export const ownFolder = ".";

/** The certificate stack that a cluster's file names by default. */
export const defaultCa = "ca";

/** The folder of an environment, relative to the project. */
export function environmentFolder(name: string): string {
    return name === ownFolder ? ownFolder : `${environmentsFolder}/${name}`;
}

/** A file of an environment, relative to the project. */
export function environmentFile(name: string, file: string): string {
    return name === ownFolder ? file : `${environmentFolder(name)}/${file}`;
}

/** One environment, as its files describe it. */
export interface Environment {
    /** Name of its folder below `environments/`, or `.` for the project's own. */
    readonly name: string;
    /** Name of the Pulumi project; empty where no file says it. */
    readonly project: string;
    /** Where `backend.url` says that its stacks are kept; undefined where Pulumi's login decides. */
    readonly backend?: string;
    /** What is known of each of its stacks. */
    readonly stacks: ReadonlyMap<string, EnvironmentStack>;
}

/** A stack of an environment. */
export interface EnvironmentStack {
    /** Its settings; none where its file can't be read, or is not all that it goes by. */
    readonly settings: Declared;
    /** By which key its secrets are encrypted, as its file has it: `passphrase`, or the URL of a key service. */
    readonly secretsProvider?: string;
}

const projectFile = z.object({
    name: z.string().catch(""),
    backend: z
        .object({ url: z.string().min(1).optional() })
        .nullish()
        .catch(undefined),
});
const text = z.string().min(1).optional().catch(undefined);
const stackFile = z.object({ secretsprovider: text, encryptionsalt: text });
/** Anything else than a plain false leaves the root protected. */
const protection = z.object({ protectRoot: z.unknown().optional() });
const stackFileName = /^Pulumi\.(.+)\.yaml$/;

/** Whether a file is one that an environment is read from: the project's own, or a stack's. */
export function isEnvironmentFile(name: string): boolean {
    return name === "Pulumi.yaml" || stackFileName.test(name);
}

/**
 * Reads an environment. What can't be read counts as left out: whoever works on it says what is wrong with it.
 *
 * @param files texts of the files of its folder, by their names
 */
export function environmentOf(name: string, files: ReadonlyMap<string, string>): Environment {
    const projectText = files.get("Pulumi.yaml") ?? "";
    const { name: project = "", backend } = contentOf(projectText, projectFile);
    const stacks = [...files].flatMap(([file, text]): [string, EnvironmentStack][] => {
        const [, stack] = stackFileName.exec(file) ?? [];
        if (stack === undefined) return [];
        const { secretsprovider, encryptionsalt } = contentOf(text, stackFile);
        const secretsProvider = secretsprovider ?? (encryptionsalt === undefined ? undefined : "passphrase");
        const settings = settingsOf(text, projectText, project) ?? {};
        return [[stack, { settings, ...(secretsProvider !== undefined && { secretsProvider }) }]];
    });
    return {
        name,
        project,
        ...(backend?.url !== undefined && { backend: backend.url }),
        stacks: new Map(stacks.sort(([one], [other]) => (one < other ? -1 : 1))),
    };
}

function contentOf<T extends z.ZodObject>(text: string, schema: T): Partial<z.output<T>> {
    try {
        return schema.safeParse(parseStackFile(text)).data ?? {};
    } catch {
        return {};
    }
}

/** The stacks of an environment that hold certificates: those that set `ca`. A mesh has one. */
export function certificateStacks({ stacks }: Environment): readonly string[] {
    const setting = [...stacks].filter(([, { settings }]) => "ca" in settings);
    // One that sets both keys is no certificate stack, unless it is the only one: its own program refuses it.
    const only = setting.filter(([, { settings }]) => !("cluster" in settings));
    return (only.length > 0 ? only : setting).map(([stack]) => stack);
}

/** What a new stack's secrets are encrypted by: what its own file says, or else that of the certificate stack. */
export function secretsProviderOf({ stacks }: Environment, stack: string, ca: string): string | undefined {
    return stacks.get(stack)?.secretsProvider ?? stacks.get(ca)?.secretsProvider;
}

/** Whether the root of a certificate stack is protected, as its settings have it. */
export function isProtected({ stacks }: Environment, ca: string): boolean {
    return protection.safeParse(stacks.get(ca)?.settings["ca"]).data?.protectRoot !== false;
}

/** What the files of the environments stand beside. */
export interface Surroundings {
    /** The backend that the variable PULUMI_BACKEND_URL names for all environments; empty where it is not set. */
    readonly backendVariable: string;
    /** An absolute path out of one that stands in a file of an environment. */
    readonly absolute: (environment: string, path: string) => string;
}

/** Something that two environments have in common, and may not. */
export interface Shared {
    /** The stack that has it here. */
    readonly stack: string;
    /** A sentence for its program. */
    readonly problem: string;
}

/** The stacks of an environment that are another's as well: one backend, one project, one name. */
export function sharedStacks(
    own: Environment,
    others: readonly Environment[],
    { backendVariable, absolute }: Surroundings,
): readonly Shared[] {
    const placeOf = ({ name, backend = "" }: Environment) => {
        const [, path] = /^file:\/\/([^?]*)/.exec(backend) ?? [];
        return backendVariable || (path === undefined ? storeOf(backend) : absolute(name, path));
    };
    return others
        .filter((other) => other.name !== own.name && other.project === own.project)
        .filter((other) => placeOf(other) === placeOf(own))
        .flatMap((other) =>
            [...own.stacks.keys()]
                .filter((stack) => other.stacks.has(stack))
                .map((stack) => ({
                    stack,
                    problem:
                        `${environmentFile(own.name, `Pulumi.${stack}.yaml`)} and ` +
                        `${environmentFile(other.name, `Pulumi.${stack}.yaml`)} are files of one and the same stack, since both ` +
                        `environments keep their state at ${keptAt(own, backendVariable)}; ${remedy(backendVariable)}, or rename one of ` +
                        `the two`,
                })),
        );
}

function keptAt({ backend }: Environment, variable: string): string {
    if (variable !== "") return `${variable}, which PULUMI_BACKEND_URL names`;
    return backend ?? "what Pulumi is logged in to";
}

function remedy(variable: string): string {
    return variable === ""
        ? "give each environment a backend.url of its own in its Pulumi.yaml"
        : "unset PULUMI_BACKEND_URL and give each environment a backend.url of its own in its Pulumi.yaml";
}

/** The clusters of an environment that a stack of another installs into as well. */
export function clustersOfTwo(
    own: Environment,
    others: readonly Environment[],
    { absolute }: Surroundings,
): readonly Shared[] {
    const elsewhere = others
        .filter(({ name }) => name !== own.name)
        .flatMap((environment) => placesOf(environment, absolute));
    return placesOf(own, absolute).flatMap((place) =>
        sharedClusters(place, elsewhere).map((problem) => ({ stack: place.stack, problem })),
    );
}

function placesOf({ name, stacks }: Environment, absolute: Surroundings["absolute"]): readonly Place[] {
    return [...stacks].flatMap(([stack, { settings }]): Place[] => {
        const access = declaredAccess(settings);
        if (access === undefined) return [];
        const file = environmentFile(name, `Pulumi.${stack}.yaml`);
        return [
            { stack, file, ...access, where: whereIs(access.kubeconfig, (path) => absolute(name, path)) },
        ];
    });
}
