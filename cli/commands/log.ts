import { teamFolder } from "../../lib/config/teamFiles";
import type { DeclaredMesh } from "../../lib/mesh/declaredMesh";
import type { MeshChange } from "../../lib/mesh/meshChange";
import { meshChanges } from "../../lib/mesh/meshChanges";
import { asTheyAre, type Commit, commitsOf } from "../git";
import { colours } from "../print/colours";
import { caOf, environmentAt, meshOf } from "./diff";

/** A commit that has changed who may call a host, or how. */
export interface LoggedChange extends Commit {
    readonly changes: readonly MeshChange[];
}

const about: readonly MeshChange["topic"][] = ["calls", "callers", "services"];

/**
 * The commits that changed who may call a host, from where and how, the newest first. Only the files that lie in the folder are
 * looked at, in the commits that are reachable from here.
 */
export async function meshLog(folder: string, host: string): Promise<readonly LoggedChange[]> {
    const ca = caOf(await environmentAt(folder, asTheyAre));
    const meshAt = async ({ hash }: Commit) =>
        meshOf(await environmentAt(folder, { name: hash, commit: hash }), ca);
    const commits = await commitsOf(folder, ["Pulumi.yaml", "Pulumi.*.yaml", `${teamFolder}/`]);
    const found: LoggedChange[] = [];
    let after: DeclaredMesh | undefined;
    for (const [index, commit] of commits.entries()) {
        after ??= await meshAt(commit);
        const older = commits[index + 1];
        const before = older && (await meshAt(older));
        const changes = meshChanges(before ?? nothing, after).filter((change) => isAbout(change, host));
        if (changes.length > 0) found.push({ ...commit, changes });
        after = before;
    }
    return found;
}

const nothing: DeclaredMesh = { ca: undefined, clusters: new Map(), unknown: new Map(), problems: [] };

function isAbout({ topic, host, text }: MeshChange, wanted: string): boolean {
    return about.includes(topic) && (host === wanted || text.split(/[ :]/).includes(wanted));
}

export function logText(host: string, log: readonly LoggedChange[]): string {
    if (log.length === 0) return `No commit here has changed who may call ${host}.`;
    return log
        .map(({ hash, date, author, subject, changes }) =>
            [
                `${colours.bold(hash.slice(0, 8))} ${date} ${author}: ${subject}`,
                ...changes.map(({ sign, stack, text }) => `  ${sign} ${stack} ${text}`),
            ].join("\n"),
        )
        .join("\n");
}
