import * as path from "node:path";
import { shellWord } from "./shownCommands";

/** Where somebody stands who reads what the program and `mesh` say; absolute paths. */
export interface Standpoint {
    /** The folder that they stand in. */
    readonly stands: string;
    /** The folder of the environment that is worked on, from which texts name the files of stacks and teams, and kubeconfigs. */
    readonly folder: string;
    /** The project's own folder, from which texts name environments. */
    readonly root: string;
}

/** The files of a mesh by their names in the environment's folder, not where they are the end of a longer path. */
const ownFile = /(?<![\w./-])(?:Pulumi\.(?:[\w.-]+\.)?yaml|teams\/[\w.-]+\.ya?ml)(?![\w/-])/g;

/** An environment's folder, or a file in it. */
const environmentPath = /(?<![\w./-])environments\/[\w./-]*[\w-]/g;

/** A command of kubectl with its kubeconfig, as one word of a shell. */
const kubeconfigOption = /(?<=\bkubectl --kubeconfig )(?:'((?:[^']|'\\'')*)'|(?!~\/)[^\s']\S*)/g;

/** A kubeconfig in a sentence, which is none of a stack's file. */
const kubeconfigOfContext =
    /(?<=\bcontext [^\s"]+ of )(?!your own |output |cluster\.kubeconfig|Pulumi\.|~\/|\/)[^\s,;:)]+/g;

/** A command of Pulumi that works on the stacks of the folder it is run in. */
const pulumiCommand =
    /(?<![\w./-])pulumi (?=(?:up|preview|destroy|refresh|cancel|stack|state|config|whoami)\b)/g;

/**
 * A text with its files, folders and commands as they are right where somebody stands. Whoever writes a text writes it for a
 * reader in the folder of the environment, which is right for plain Pulumi and the same for everybody, as far as a state has it.
 */
export function seenFrom(text: string, { stands, folder, root }: Standpoint): string {
    if (stands === folder && stands === root) return text;
    const way = (from: string, file: string) => path.relative(stands, path.resolve(from, file)) || ".";
    const fromFolder = (file: string) => way(folder, file);
    const own = stands === folder ? "" : `-C ${shellWord(fromFolder("."))} `;
    return text
        .replace(environmentPath, (found) => way(root, found))
        .replace(kubeconfigOfContext, fromFolder)
        .replace(ownFile, fromFolder)
        .replace(kubeconfigOption, (found: string, quoted: string | undefined) => {
            const file = quoted?.replaceAll(`'\\''`, "'") ?? found;
            return path.isAbsolute(file) ? found : shellWord(fromFolder(file));
        })
        .replace(pulumiCommand, (found) => `${found}${own}`);
}
