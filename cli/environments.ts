import * as fs from "node:fs";
import * as path from "node:path";
import { environmentNames, inCommonWithOthers } from "../files/environments";
import { similarTo } from "../lib/base/similar";
import { environmentFile, environmentFolder, environmentsFolder, ownFolder } from "../lib/mesh/environments";
import type { CommandLine } from "./commandLine";
import { fileHints } from "./hints/fileHints";
import { Problem } from "./problem";

/** What an environment's name is made of, so that it is a folder and a word of a shell. */
const namePattern = /^[A-Za-z0-9][\w.-]*$/;

/**
 * The folder that a command works in: the environment's that `--env` names, or the project's own where there are no others.
 *
 * @param root the project's own folder
 * @throws Problem where the environment is not there or lacks something, or none is named and there are several
 */
export function chosenFolder(root: string, command: CommandLine): string {
    const names = environmentNames(root);
    const { env } = command;
    if (env === ownFolder) return root;
    if (env === undefined) {
        if (names.length === 0) return root;
        throw new Problem(
            `This project has environments, and the command names none of them: ${listed(names)}.`,
            fileHints.chooseEnvironment(command, names),
        );
    }
    if (!names.includes(env)) throw noEnvironment(env, names, command);
    const folder = path.join(root, environmentFolder(env));
    if (!hasProjectFile(root, env))
        throw new Problem(
            `Environment "${env}" has no ${environmentFile(env, "Pulumi.yaml")}.`,
            fileHints.environmentWithoutProject(command),
        );
    return folder;
}

/** Whether an environment has the file by which Pulumi knows a folder. */
export function hasProjectFile(root: string, env: string): boolean {
    return fs.existsSync(path.join(root, environmentFile(env, "Pulumi.yaml")));
}

/**
 * The folder of a new environment, or of one that is to get more files.
 *
 * @throws Problem where no name is given, or one that can't be a folder's
 */
export function newFolder(root: string, command: CommandLine): string {
    const { env = ownFolder } = command;
    if (env === ownFolder)
        throw new Problem(
            `mesh init writes the files of an environment, and the command names none.`,
            fileHints.nameNewEnvironment(command),
        );
    if (!namePattern.test(env))
        throw new Problem(
            `"${env}" can't be the name of an environment, which is that of its folder.`,
            fileHints.environmentName(),
        );
    return path.join(root, environmentFolder(env));
}

/**
 * Ends the command where a stack of the environment is another's as well, whose state it would then work on.
 *
 * @throws Problem that names every such stack
 */
export function refuseSharedStacks(folder: string): void {
    const problems = inCommonWithOthers(folder).stacks.map(({ problem }) => `${problem}.`);
    if (problems.length > 0) throw new Problem(problems.join("\n"));
}

function noEnvironment(env: string, names: readonly string[], command: CommandLine): Problem {
    // A folder's path, as a shell completes it, is taken for its name.
    const [similar] = similarTo(env, names);
    const near = names.find((name) => name === path.basename(env)) ?? similar;
    return new Problem(
        `There is no environment "${env}"` +
            (names.length === 0
                ? `: this project has no folder ${environmentsFolder}/${env}.`
                : `; there are ${listed(names)}.`),
        near === undefined
            ? fileHints.environmentWithoutFolder(command)
            : fileHints.meantEnvironment(command, near),
    );
}

function listed(names: readonly string[]): string {
    return `${names.join(", ")}, and "${ownFolder}" for the project's own folder`;
}
