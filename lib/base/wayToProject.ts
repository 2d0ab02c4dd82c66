import { posix, resolve } from "node:path";

/**
 * How a file of the project is named in the folder that the program works in, the same on every machine: by its path inside the
 * project, or by the way there from an environment's folder, two levels below it.
 *
 * @param folder the folder that the program works in
 * @param project the project's own folder
 */
export function wayTo(file: string, folder: string, project: string): string {
    return folder !== project && resolve(folder, "../..") === project ? posix.join("../..", file) : file;
}
