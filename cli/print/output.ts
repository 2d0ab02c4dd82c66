import * as fs from "node:fs";
import * as path from "node:path";
import { seenFrom, type Standpoint } from "../../lib/base/seenFrom";

let standpoint: Standpoint | undefined;

/**
 * Says which environment's files all later texts speak of, and so from where they are to be seen.
 *
 * @param root the project's own folder
 * @param folder the environment's
 */
export function speakOf(root: string, folder: string): void {
    standpoint = { root, folder, stands: standsIn(root) };
}

/** A text as it is right where the user stands. */
export function located(text: string): string {
    return standpoint === undefined ? text : seenFrom(text, standpoint);
}

/** Where the user stands inside the project; in its own folder where that is elsewhere, since nothing else works from there. */
function standsIn(root: string): string {
    // npm runs a script in the project's folder, and tells where it was typed.
    const places = [process.env["INIT_CWD"] ?? "", process.cwd()].filter((place) => fs.existsSync(place));
    const real = fs.existsSync(root) ? fs.realpathSync(root) : root;
    const inside = places
        .map((place) => path.relative(real, fs.realpathSync(place)))
        .find((way) => !path.isAbsolute(way) && way.split(path.sep)[0] !== "..");
    return path.join(root, inside ?? "");
}

/** Prints the text that a command ends with: to standard output, or where that is closed, to the error output. */
export function print(text: string): Promise<void> {
    return new Promise((resolve) => {
        process.stdout.write(`${located(text)}\n`, (error) => {
            if (error) warn(text);
            resolve();
        });
    });
}

/** Prints to the error output. */
export function warn(text: string): void {
    console.error(located(text));
}
