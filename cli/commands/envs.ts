import * as fs from "node:fs";
import * as path from "node:path";
import { environmentNames, readEnvironment } from "../../files/environments";
import { plainBackend } from "../../lib/cluster/otherStateProblem";
import { declaredClusters } from "../../lib/mesh/declarations";
import {
    certificateStacks,
    environmentFile,
    environmentFolder,
    isProtected,
    ownFolder,
    secretsProviderOf,
} from "../../lib/mesh/environments";
import { hasProjectFile } from "../environments";
import { table } from "../print/tables";
import { Problem } from "../problem";
import { projectName } from "../stackFiles";

/** An environment, as its files describe it. */
export interface EnvironmentRow {
    /** What `--env` takes. */
    readonly name: string;
    /** Relative to the project. */
    readonly folder: string;
    /** Its certificate stack; several where its files hold several meshes, none where they hold no mesh. */
    readonly certificateStacks: readonly string[];
    /** The clusters that those list. */
    readonly clusters: readonly string[];
    /** URL of the backend, without credentials; undefined where Pulumi's login decides. */
    readonly backend?: string;
    /** By which key its secrets are encrypted; undefined where the backend decides. */
    readonly secretsProvider?: string;
    /** Whether its root can't be deleted as it is. */
    readonly isProtected: boolean;
    /** Whether it lacks its Pulumi.yaml, without which no command works on it. */
    readonly isIncomplete: boolean;
    /** What keeps its Pulumi.yaml from being read, and with it everything else here; a sentence. */
    readonly problem?: string;
}

/** All environments of a project, from their files alone; the project's own folder where it holds a mesh. */
export function environmentRows(root: string): readonly EnvironmentRow[] {
    return [ownFolder, ...environmentNames(root)]
        .map((name) => rowOf(root, name))
        .filter((row) => row.name !== ownFolder || row.certificateStacks.length > 0);
}

function rowOf(root: string, name: string): EnvironmentRow {
    const environment = readEnvironment(root, name);
    const { backend, stacks } = environment;
    const cas = certificateStacks(environment);
    const [ca = ""] = cas;
    const secretsProvider = secretsProviderOf(environment, ca, ca);
    const problem = projectProblem(path.join(root, environmentFolder(name)));
    return {
        name,
        folder: environmentFolder(name),
        certificateStacks: cas,
        clusters: cas.flatMap((each) => declaredClusters(stacks.get(each)?.settings ?? {})),
        ...(backend !== undefined && { backend: plainBackend(backend) }),
        ...(secretsProvider !== undefined && { secretsProvider }),
        isProtected: cas.some((each) => isProtected(environment, each)),
        isIncomplete: !hasProjectFile(root, name),
        ...(problem !== undefined && { problem }),
    };
}

/** What is wrong with the Pulumi.yaml of a folder that has one. */
function projectProblem(folder: string): string | undefined {
    if (!fs.existsSync(path.join(folder, "Pulumi.yaml"))) return undefined;
    try {
        projectName(folder);
        return undefined;
    } catch (error) {
        if (error instanceof Problem) return error.message;
        throw error;
    }
}

/** The text of `mesh envs`. */
export function environmentsText(rows: readonly EnvironmentRow[]): string {
    if (rows.length === 0) return "There is no environment.";
    const lines = rows.map((row) => [
        row.name,
        row.folder,
        row.certificateStacks.join(", ") || "none",
        row.clusters.join(", "),
        row.backend ?? "where Pulumi is logged in to",
        row.secretsProvider ?? "the backend's",
        row.certificateStacks.length === 0 ? "" : row.isProtected ? "yes" : "no",
    ]);
    const head = ["environment", "folder", "certificates", "clusters", "backend", "secrets", "protected"];
    const missing = rows.flatMap(({ name, isIncomplete, problem }) =>
        isIncomplete ? [`${name} has no ${environmentFile(name, "Pulumi.yaml")}.`] : (problem ?? []),
    );
    return [table(head, lines), ...(missing.length > 0 ? [missing.join("\n")] : [])].join("\n\n");
}
