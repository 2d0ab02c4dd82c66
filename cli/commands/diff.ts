import * as path from "node:path";
import { declaredMesh, type DeclaredMesh } from "../../lib/mesh/declaredMesh";
import { isTeamFile, teamFolder } from "../../lib/config/teamFiles";
import type { MeshChange } from "../../lib/mesh/meshChange";
import { meshChanges } from "../../lib/mesh/meshChanges";
import { exitCode } from "../problem";
import { changedFiles, filesAt, findRange, type Revision } from "../git";

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
export async function meshDiff(
    folder: string,
    caStack: string,
    typed: string | undefined,
): Promise<DiffReport> {
    const range = await findRange(folder, typed);
    const [before, after, changed] = await Promise.all([
        meshAt(folder, caStack, range.base),
        meshAt(folder, caStack, range.head),
        changedFiles(folder, range),
    ]);
    return {
        base: range.base.name,
        head: range.head.name,
        changes: meshChanges(before, after),
        beyondFiles: beyondFiles(changed),
        problems: after.problems,
    };
}

const stackFile = /^Pulumi\.(.+)\.yaml$/;

/** A mesh as its files describe it at a revision. */
export async function meshAt(folder: string, caStack: string, revision: Revision): Promise<DeclaredMesh> {
    const [files, teams] = await Promise.all([
        filesAt(folder, revision, (name) => name === "Pulumi.yaml" || stackFile.test(name)),
        filesAt(folder, revision, isTeamFile, teamFolder),
    ]);
    const projectText = files.get("Pulumi.yaml") ?? "";
    const [, project = ""] = /^name: *["']?([\w.-]+)/m.exec(projectText) ?? [];
    const stacks = [...files].flatMap(([name, text]) => {
        const [, stack] = stackFile.exec(name) ?? [];
        return stack === undefined ? [] : [[stack, text] as const];
    });
    return declaredMesh(caStack, {
        project,
        projectText,
        stacks: Object.fromEntries(stacks),
        teams: Object.fromEntries(teams),
    });
}

const kinds: readonly { readonly what: string; readonly fits: (file: string) => boolean }[] = [
    {
        what: "the versions of packages, and with them Pulumi's providers",
        fits: (file) => ["package.json", "package-lock.json"].includes(file),
    },
    {
        what: "the program",
        fits: (file) => /\.(c|m)?[jt]s$/.test(file) && !/^(test|bench|lab|cli|examples)\//.test(file),
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
