import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
    clustersOfTwo,
    type Environment,
    environmentFolder,
    environmentOf,
    environmentsFolder,
    isEnvironmentFile,
    ownFolder,
    type Shared,
    sharedStacks,
    type Surroundings,
} from "../lib/mesh/environments";

/** Where an environment's folder is. */
export interface EnvironmentPlace {
    /** The project's own folder, which the program is in. */
    readonly root: string;
    /** The environment's name; `.` for the project's own folder. */
    readonly name: string;
}

/** What a folder that Pulumi works in is: an environment below `environments/`, or the project's own folder. */
export function placeOfFolder(folder: string): EnvironmentPlace {
    const parent = path.dirname(folder);
    // A clone may lie in a folder that is called so.
    const isOwn =
        path.basename(parent) !== environmentsFolder || fs.existsSync(path.join(folder, "program.js"));
    return isOwn
        ? { root: folder, name: ownFolder }
        : { root: path.dirname(parent), name: path.basename(folder) };
}

/** Names of the environments below `environments/`, sorted. */
export function environmentNames(root: string): readonly string[] {
    const folder = path.join(root, environmentsFolder);
    if (!fs.existsSync(folder)) return [];
    return fs
        .readdirSync(folder)
        .filter((name) => !name.startsWith("."))
        .filter((name) => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory())
        .sort();
}

/** An environment by its files as they are now. */
export function readEnvironment(root: string, name: string): Environment {
    const folder = path.join(root, environmentFolder(name));
    const names = (fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : [])
        .filter((entry) => !entry.isDirectory() && isEnvironmentFile(entry.name))
        .map((entry) => entry.name);
    return environmentOf(
        name,
        new Map(names.map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")])),
    );
}

/** What an environment has in common with others, and may not. */
export interface InCommon {
    readonly stacks: readonly Shared[];
    readonly clusters: readonly Shared[];
}

/** Compares the files of an environment with those of all others. */
export function inCommonWithOthers(folder: string): InCommon {
    const { root, name } = placeOfFolder(folder);
    const others = readOthers(root, name);
    if (others.length === 0) return { stacks: [], clusters: [] };
    const own = readEnvironment(root, name);
    const around = surroundingsOf(root);
    return { stacks: sharedStacks(own, others, around), clusters: clustersOfTwo(own, others, around) };
}

/** Whether a stack of this name would be another environment's too. */
export function isStackOfAnother(folder: string, project: string, stack: string): boolean {
    const { root, name } = placeOfFolder(folder);
    const stacks = new Map([[stack, { settings: {} }]]);
    const own = { ...readEnvironment(root, name), project, stacks };
    return sharedStacks(own, readOthers(root, name), surroundingsOf(root)).length > 0;
}

function readOthers(root: string, name: string): readonly Environment[] {
    const names = environmentNames(root);
    const all = name === ownFolder && names.length === 0 ? [] : [ownFolder, ...names];
    return all.filter((other) => other !== name).map((other) => readEnvironment(root, other));
}

/** The variable by which `mesh` tells a program what PULUMI_BACKEND_URL was, where it runs it with a backend of its own. */
export const backendVariableName = "MESH_BACKEND_URL";

/** What PULUMI_BACKEND_URL says of the user's backend; empty where it says nothing. */
export function backendVariable(): string {
    return process.env[backendVariableName] ?? process.env["PULUMI_BACKEND_URL"] ?? "";
}

/** What the files of a project's environments stand beside, by this process's environment. */
export function surroundingsOf(root: string): Surroundings {
    return {
        backendVariable: backendVariable(),
        absolute: (name, file) =>
            path.resolve(root, environmentFolder(name), file.replace(/^~(?=$|\/)/, os.homedir())),
    };
}
