import { isDeepStrictEqual } from "node:util";
import { parseStackFile } from "../lib/base/stackFileText";
import { isEncrypted } from "../lib/base/encrypted";
import { isMap, type Values } from "../lib/config/teamFiles";

/** A file that a pull request changes. */
export interface ChangedFile {
    /** Relative to the repository's root. */
    readonly path: string;
    /** Its text before; undefined where it is new. */
    readonly before?: string;
    /** Its text after; undefined where it goes. */
    readonly after?: string;
    /** Whether it is, before and after, a plain file that nobody may execute. */
    readonly isPlain: boolean;
}

const place = "(?:environments/[a-z0-9-]+/)?";
const stackFile = new RegExp(`^${place}Pulumi\\.[^/]+\\.yaml$`);
const teamFile = new RegExp(`^${place}teams/[^/]+\\.yaml$`);

/**
 * Why a pull request has to wait for a person before anything with credentials looks at it: everything that it changes beside
 * exports and imports, one sentence each. Exports and imports are data, which the default branch's own program reads.
 *
 * @param project the project's name, with which its settings begin
 */
export function reasonsToWait(files: readonly ChangedFile[], project: string): readonly string[] {
    return files.flatMap((file) => {
        if (!file.isPlain) return [`${file.path} is not a plain file.`];
        if (teamFile.test(file.path)) return encryptedIn(file, parsed(file.after));
        return stackFile.test(file.path)
            ? otherSettings(file, project)
            : [`${file.path} is neither a stack's file nor a team's.`];
    });
}

/** Whether a file is one that the default branch's program reads, rather than runs. */
export function isData({ path, isPlain }: ChangedFile): boolean {
    return isPlain && (stackFile.test(path) || teamFile.test(path));
}

function otherSettings(file: ChangedFile, project: string): readonly string[] {
    const { path, before, after } = file;
    if (before === undefined) return [`${path} is new: a cluster joins.`];
    if (after === undefined) return [`${path} goes: a cluster leaves.`];
    const [old, current] = [parsed(before), parsed(after)];
    if (old === undefined || current === undefined) return [`${path} can't be read as YAML.`];
    const data = [`${project}:exports`, `${project}:imports`];
    const others = differing(configOf(old), configOf(current)).filter((key) => !data.includes(key));
    const outside = differing(old, current).filter((key) => key !== "config");
    const changed = [...outside, ...others].map((key) => `${path} changes ${key}.`);
    const entries = Object.fromEntries(data.map((key) => [key, configOf(current)[key]]));
    return [...changed, ...encryptedIn(file, entries)];
}

/** What is encrypted could have been copied from where it is a secret, to be shown where it is none. */
function encryptedIn({ path }: ChangedFile, entries: Values | undefined): readonly string[] {
    return isEncrypted(entries) ? [`${path} has something encrypted among its exports or imports.`] : [];
}

function parsed(text: string | undefined): Values | undefined {
    if (text === undefined) return {};
    try {
        const content: unknown = parseStackFile(text) ?? {};
        return isMap(content) ? content : undefined;
    } catch {
        return undefined;
    }
}

function configOf({ config }: Values): Values {
    return isMap(config) ? config : {};
}

function differing(one: Values, other: Values): readonly string[] {
    return [...new Set([...Object.keys(one), ...Object.keys(other)])]
        .filter((key) => !isDeepStrictEqual(one[key], other[key]))
        .sort();
}
