import * as path from "node:path";
import { inCommonWithOthers, placeOfFolder } from "../../files/environments";
import { refusalMessage } from "../../lib/base/problem";
import { declaredMesh, type DeclaredMesh } from "../../lib/mesh/declaredMesh";
import { isTeamFile, teamFolder } from "../../lib/config/teamFiles";
import {
    certificateStacks,
    defaultCa,
    environmentFolder,
    environmentOf,
    environmentsFolder,
    isEnvironmentFile,
    ownFolder,
} from "../../lib/mesh/environments";
import type { MeshChange } from "../../lib/mesh/meshChange";
import { meshChanges } from "../../lib/mesh/meshChanges";
import { fileHints } from "../hints/fileHints";
import { exitCode, Problem } from "../problem";
import { stackFileName } from "../stackFiles";
import { asTheyAre, changedFiles, filesAt, findRange, type Revision } from "../git";

/** What a change of files means for a mesh. */
export interface DiffReport {
    readonly base: string;
    readonly head: string;
    readonly changes: readonly MeshChange[];
    /** Changed files that are no stack's, by what they may change; only a preview tells. */
    readonly beyondFiles: readonly Beyond[];
    /** What a preview of the changed files would refuse. */
    readonly problems: readonly string[];
}

/** Changed files whose meaning for the mesh can't be read from them. */
export interface Beyond {
    readonly what: string;
    readonly files: readonly string[];
}

/**
 * Says what a change of files does to a mesh, from git alone: no cluster, state or key is asked for anything.
 *
 * @param typed a revision to compare the files with, or two as ONE..OTHER; where the present branch has left the main one by default
 * @throws Problem where there is nothing to compare
 */
export async function meshDiff(folder: string, typed: string | undefined): Promise<DiffReport> {
    const range = await findRange(folder, typed);
    const { root, name } = placeOfFolder(folder);
    const [before, after, changed] = await Promise.all([
        environmentAt(folder, range.base),
        environmentAt(folder, range.head),
        changedFiles(root, range),
    ]);
    const ca = caOf(after);
    const mesh = meshOf(after, ca);
    return {
        base: range.base.name,
        head: range.head.name,
        changes: meshChanges(meshOf(before, ca), mesh),
        beyondFiles: beyondFiles(filesOf(name, changed)),
        problems: [...mesh.problems, ...problemsBetween(folder, range.head)],
    };
}

const stackFile = /^Pulumi\.(.+)\.yaml$/;

/** The files of an environment at a revision, those of its teams too, by their places in its folder. */
export type FilesThen = ReadonlyMap<string, string>;

export async function environmentAt(folder: string, revision: Revision): Promise<FilesThen> {
    const [own, teams] = await Promise.all([
        filesAt(folder, revision, isEnvironmentFile),
        filesAt(folder, revision, isTeamFile, teamFolder),
    ]);
    return new Map([...own, ...teams]);
}

/**
 * The certificate stack of a folder as it is now, which its earlier revisions are read by too.
 *
 * @throws Problem where there is more than one
 */
export function caOf(files: FilesThen): string {
    const [ca = defaultCa, ...more] = certificateStacks(environmentOf(ownFolder, files));
    if (more.length > 0)
        throw new Problem(
            `${[ca, ...more].map(stackFileName).join(" and ")} hold certificates, so there is more than one mesh.`,
            fileHints.severalMeshes(),
        );
    return ca;
}

/**
 * A mesh as its files described it.
 *
 * @param now its certificate stack; an earlier revision may call it otherwise, or have others beside it
 */
export function meshOf(files: FilesThen, now: string): DeclaredMesh {
    const { project, stacks } = environmentOf(ownFolder, files);
    const then = certificateStacks({ project, stacks, name: ownFolder });
    const [only = now] = then;
    const texts = [...stacks.keys()].map((stack) => [stack, files.get(stackFileName(stack)) ?? ""] as const);
    const teams = [...files].filter(([name]) => name.startsWith(`${teamFolder}/`));
    return declaredMesh(then.length === 1 ? only : now, {
        project,
        projectText: files.get("Pulumi.yaml") ?? "",
        stacks: Object.fromEntries(texts),
        teams: Object.fromEntries(teams),
    });
}

/** The files of a mesh as they are, and what they say. */
export interface MeshNow {
    readonly files: FilesThen;
    readonly ca: string;
    readonly mesh: DeclaredMesh;
}

/** Reads the files of an environment as they are. */
export async function readMeshNow(folder: string): Promise<MeshNow> {
    const files = await environmentAt(folder, asTheyAre);
    const ca = caOf(files);
    return { files, ca, mesh: meshOf(files, ca) };
}

/** What the files as they are have in common with another environment's; of an earlier revision nothing is said. */
function problemsBetween(folder: string, { commit }: Revision): readonly string[] {
    if (commit !== undefined) return [];
    const { stacks, clusters } = inCommonWithOthers(folder);
    const all = [...stacks, ...clusters];
    return [...new Set(all.map(({ stack }) => stack))].map((stack) =>
        refusalMessage(
            stack,
            all.filter((each) => each.stack === stack).map(({ problem }) => problem),
        ),
    );
}

/** Of the files that differ, those that an environment is made from, by their paths from its folder where they are in it. */
export function filesOf(name: string, changed: readonly string[]): readonly string[] {
    const own = `${environmentFolder(name)}/`;
    return changed.flatMap((file) => {
        if (name !== ownFolder && file.startsWith(own)) return [file.slice(own.length)];
        if (file.startsWith(`${environmentsFolder}/`)) return [];
        return name !== ownFolder && isEnvironmentFile(file) ? [] : [file];
    });
}

const kinds: readonly { readonly what: string; readonly fits: (file: string) => boolean }[] = [
    {
        what: "the versions of packages, and with them Pulumi's providers",
        fits: (file) => ["package.json", "package-lock.json"].includes(file),
    },
    {
        what: "the program",
        fits: (file) => /\.(c|m)?[jt]s$/.test(file) && !/^(test|bench|lab|cli|examples|schemas)\//.test(file),
    },
    { what: "the project's own file", fits: (file) => file === "Pulumi.yaml" },
    {
        what: "files that a stack file may name: charts, certificates, kubeconfigs",
        fits: (file) =>
            /(^|\/)(Chart|values)\.yaml$|\.(tgz|pem|crt|key|kubeconfig)$|(^|\/)kubeconfig$/.test(file),
    },
];

function beyondFiles(changed: readonly string[]): readonly Beyond[] {
    const claimed = new Set<string>();
    return kinds.flatMap(({ what, fits }) => {
        const files = changed.filter(
            (file) => !claimed.has(file) && !stackFile.test(path.basename(file)) && fits(file),
        );
        for (const file of files) claimed.add(file);
        return files.length > 0 ? [{ what, files }] : [];
    });
}

/** Exit code of `mesh diff`. */
export function diffExitCode({ problems }: DiffReport): number {
    return problems.length > 0 ? exitCode.failed : exitCode.ok;
}
