import * as fs from "node:fs";
import * as path from "node:path";
import { createTwoFilesPatch } from "diff";
import { inCommonWithOthers, placeOfFolder } from "../files/environments";
import { projectSettings } from "../files/stackSettings";
import { type Entry, entryLines, NoPlace, withEntry } from "../lib/config/fileEntry";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { didYouMean } from "../lib/base/similar";
import { teamFolder, type TeamList } from "../lib/config/teamFiles";
import { settingsOf } from "../lib/mesh/settings";
import { ask, isThere, type Terminal } from "./ask";
import type { CommandLine } from "./commandLine";
import { type MeshNow, meshOf } from "./commands/diff";
import { fileHints } from "./hints/fileHints";
import { Problem } from "./problem";
import { schemaLine } from "./schemaLine";
import { stackFileName } from "./stackFiles";

/** A change of one file that is not written yet. */
export interface FileEdit {
    /** Its place in the environment's folder. */
    readonly file: string;
    /** Its text as it was read; undefined where it is new. */
    readonly before: string | undefined;
    readonly after: string;
}

/** What is to be put into which list. */
export interface Addition {
    readonly list: TeamList;
    readonly cluster: string;
    /** The team into whose file it goes; into the stack's where there is none. */
    readonly team: string | undefined;
    readonly entry: Entry;
}

/** A cluster's settings by the files. */
export function clusterSettings({ mesh }: MeshNow, cluster: string): ClusterStackSettings {
    const settings = mesh.clusters.get(cluster)?.settings;
    if (settings !== undefined) return settings;
    const why = [...mesh.problems, ...(mesh.unknown.get(cluster) ?? []).map((each) => `${cluster}: ${each}`)];
    throw new Problem(
        `Nothing was written, since ${stackFileName(cluster)} can't be read whole:\n${why.join("\n")}`,
    );
}

/** @throws Problem where a cluster's settings name no such team */
export function refuseUnknownTeam(team: string, cluster: string, teams: ClusterStackSettings["teams"]): void {
    if (team in teams) return;
    throw new Problem(
        `${team} is no team of ${cluster}${didYouMean(team, Object.keys(teams))}; the platform has to add teams.${team} to ` +
            `${stackFileName(cluster)}, or name another.`,
    );
}

/**
 * The change by which a file gets an entry. Nothing is written.
 *
 * @throws Problem where the entry can't be put there, or a preview would refuse the files with it
 */
export function planEdit(folder: string, now: MeshNow, project: string, addition: Addition): FileEdit {
    const { list, cluster, team, entry } = addition;
    const file = team === undefined ? stackFileName(cluster) : `${teamFolder}/${team}.yaml`;
    const before = now.files.get(file);
    const key = `${project}:${list}`;
    const own = settingsOf(before ?? "", "", project) ?? {};
    const isInherited = team === undefined && !(list in own) && list in projectSettings(folder, project);
    if (isInherited)
        throw new Problem(
            `Nothing was written: the ${list} of ${cluster} are those of Pulumi.yaml, which a list in ${file} would replace.`,
            fileHints.addByHand("Pulumi.yaml", entryLines(entry)),
        );
    const start = before ?? newTeamFile(folder, team ?? "");
    try {
        const after = withEntry(start, team === undefined ? ["config", key] : [list, cluster], entry);
        checkEdit(folder, now, addition, { file, before, after });
        return { file, before, after };
    } catch (error) {
        if (!(error instanceof NoPlace)) throw error;
        throw new Problem(
            `Nothing was written: ${file} is written in a way that only a person can add to, such as in one line, or by an alias.`,
            fileHints.addByHand(file, entryLines(entry)),
        );
    }
}

function newTeamFile(folder: string, team: string): string {
    const { root } = placeOfFolder(folder);
    return `${schemaLine(root, path.join(folder, teamFolder), "team")}# Team ${team}: what it exports and imports, by cluster.\n`;
}

/** Makes the check that a preview makes, of the files as they will be. */
function checkEdit(folder: string, now: MeshNow, { cluster }: Addition, { file, after }: FileEdit): void {
    const mesh = meshOf(new Map([...now.files, [file, after]]), now.ca);
    const shared = inCommonWithOthers(folder);
    const problems = [
        ...mesh.problems,
        ...[...shared.stacks, ...shared.clusters].map(({ stack, problem }) => `${stack}: ${problem}`),
    ];
    if (problems.length > 0)
        throw new Problem(
            `Nothing was written, since a preview would refuse the files with it:\n${problems.join("\n")}`,
        );
    if (!mesh.clusters.has(cluster))
        throw new Problem(
            `Nothing was written, since the files alone don't tell whether ${stackFileName(cluster)} is right: ` +
                `${(mesh.unknown.get(cluster) ?? ["it can't be read"]).join("; ")}.`,
            fileHints.addByHand(file, ""),
        );
}

/** The change as a diff. */
export function diffOf({ file, before, after }: FileEdit): string {
    const old = before === undefined ? "/dev/null" : file;
    const patch = createTwoFilesPatch(old, file, before ?? "", after, undefined, undefined, { context: 3 });
    return patch.replace(/^=+\n/, "").trimEnd();
}

/**
 * Asks whether the change is to be written.
 *
 * @throws Problem where nobody is there, or it is not
 */
export async function confirmEdit(
    { file }: FileEdit,
    command: CommandLine,
    terminal?: Terminal,
): Promise<void> {
    if (!isThere(terminal))
        throw new Problem(
            "Nothing was written, since there is no terminal to ask at.",
            fileHints.answerYes(command),
        );
    const answer = await ask(`Write this to ${file}? [y/N] `, terminal);
    if (!/^y(es)?$/i.test(answer)) throw new Problem("Nothing was written.");
}

/**
 * Writes the change as a whole or not at all; the file keeps its mode.
 *
 * @throws Problem where the file is no longer as it was read
 */
export function writeEdit(folder: string, { file, before, after }: FileEdit, command: CommandLine): void {
    const place = path.join(folder, file);
    const changed = new Problem(
        `Nothing was written: ${file} was changed after it had been read.`,
        fileHints.runAgain(command),
    );
    fs.mkdirSync(path.dirname(place), { recursive: true });
    const isThere = fs.existsSync(place);
    if (isThere !== (before !== undefined)) throw changed;
    // A link goes on leading to the file.
    const real = isThere ? fs.realpathSync(place) : place;
    // A new file takes its place, which asks for no right to write it.
    if (isThere && (fs.statSync(real).mode & 0o222) === 0)
        throw new Problem(`Nothing was written: ${file} is read-only.`, fileHints.readOnly(command, file));
    const draft = `${real}.${process.pid}.draft`;
    try {
        fs.writeFileSync(draft, after, { flag: "wx" });
        if (isThere) fs.chmodSync(draft, fs.statSync(real).mode & 0o7777);
        if (before === undefined) fs.linkSync(draft, real);
        else if (!fs.readFileSync(real).equals(Buffer.from(before))) throw changed;
        else fs.renameSync(draft, real);
    } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "EEXIST" ? changed : error;
    } finally {
        fs.rmSync(draft, { force: true });
    }
}
