import { hostOf } from "../../lib/base/names";
import { mainSuffix } from "../../lib/config/clusterStack";
import type { DeclaredMesh } from "../../lib/mesh/declaredMesh";
import { declaredHosts, ownersOf } from "../../lib/mesh/owners";
import { importOf, meantHosts, type NewImport, type Source, sourcesOf } from "../../lib/mesh/sources";
import type { CommandLine } from "../commandLine";
import { fileHints } from "../hints/fileHints";
import { clusterSettings, type FileEdit, planEdit, refuseUnknownTeam } from "../fileEdit";
import { chooseClusters } from "../plan";
import { Problem } from "../problem";
import { loadMesh } from "../stackFiles";
import { readMeshNow } from "./diff";

/** Which host is to be imported into which cluster. */
export interface ImportRequest {
    readonly host: string;
    /** Stack of the importing cluster; the only one without the host by default. */
    readonly cluster?: string | undefined;
    /** Stacks of the exporting clusters; the only one by default. */
    readonly from?: readonly string[] | undefined;
    /** Team into whose file it goes; into the stack's by default. */
    readonly team?: string | undefined;
}

/** An import that is ready to be written, or what is to be added before that elsewhere. */
export interface PlannedImport {
    readonly cluster: string;
    readonly host: string;
    readonly entry: NewImport;
    /** Absent where an exporter has not consented. */
    readonly edit?: FileEdit;
    /** What exporters lack. */
    readonly consent: readonly Source[];
}

/**
 * Makes the import of a host that other clusters' files export. Nothing is written.
 *
 * @throws Problem where it can't be imported
 */
export async function meshImport(
    folder: string,
    command: CommandLine,
    request: ImportRequest,
): Promise<PlannedImport> {
    const { host, team } = request;
    const loaded = loadMesh(folder, command);
    const now = await readMeshNow(folder);
    const cluster = importerOf(
        now.mesh,
        command,
        request,
        chooseClusters(loaded, request.cluster === undefined ? undefined : [request.cluster]),
    );
    const settings = clusterSettings(now, cluster);
    const had = ownersOf(now.mesh, host).find((each) => each.role === "imports" && each.cluster === cluster);
    if (had !== undefined) throw new Problem(`${cluster} imports ${host} already: ${had.place}.`);
    const from = chooseSources(now.mesh, command, cluster, request);
    if (team !== undefined) refuseUnknownTeam(team, cluster, settings.teams);
    const entry = importOf(host, from, settings);
    const consent = from.filter(({ missing }) => missing !== undefined);
    if (consent.some(({ missing }) => missing?.isRequired)) return { cluster, host, entry, consent };
    const edit = planEdit(folder, now, loaded.project, {
        list: "imports",
        cluster,
        team,
        entry: { ...entry },
    });
    return { cluster, host, entry, edit, consent };
}

/** The cluster that is to import, among those that may be meant. */
function importerOf(
    mesh: DeclaredMesh,
    command: CommandLine,
    { host, cluster }: ImportRequest,
    clusters: readonly string[],
): string {
    const exporters = ownersOf(mesh, host).filter(({ role }) => role === "exports");
    if (exporters.length === 0) {
        const unread = [
            ...mesh.problems,
            ...[...mesh.unknown].flatMap(([name, why]) => why.map((each) => `${name}: ${each}`)),
        ];
        throw new Problem(
            `No file of this mesh exports "${host}"${meantHosts(host, exportedHosts(mesh))}.` +
                (unread.length === 0 ? "" : ` This can't be read:\n${unread.join("\n")}`),
        );
    }
    if (cluster !== undefined) return cluster;
    const having = new Set(ownersOf(mesh, host).map((each) => each.cluster));
    const without = clusters.filter((name) => !having.has(name));
    const [only] = without;
    if (only === undefined)
        throw new Problem(`Every cluster of this mesh exports or imports ${host} already.`);
    if (without.length > 1)
        throw new Problem(
            `Several clusters could import ${host}: ${without.join(", ")}.`,
            fileHints.nameCluster(command, without),
        );
    return only;
}

function exportedHosts(mesh: DeclaredMesh): readonly string[] {
    return declaredHosts(mesh).filter((host) =>
        [...mesh.clusters.values()].some(({ settings }) =>
            settings.exports.some((entry) => hostOf(entry, mainSuffix(settings)) === host),
        ),
    );
}

/** The exporters that are wanted, in the order in which they were named. */
function chooseSources(
    mesh: DeclaredMesh,
    command: CommandLine,
    cluster: string,
    { host, from }: ImportRequest,
): readonly Source[] {
    const sources = sourcesOf(mesh, host, cluster);
    const names = sources.map((each) => each.cluster);
    if (names.length === 0)
        throw new Problem(
            `Only ${cluster} itself exports ${host}, whose pods call it by that name without an import.`,
        );
    const unknown = (from ?? []).filter((name) => !names.includes(name));
    if (unknown.length > 0)
        throw new Problem(
            `${unknown.join(" and ")} ${unknown.length === 1 ? "does" : "do"} not export ${host} to ${cluster}; from is one of: ${names.join(", ")}.`,
        );
    if (from === undefined && names.length > 1)
        throw new Problem(
            `${names.join(" and ")} export ${host}: ${sources.map(({ place }) => place).join("; ")}.`,
            fileHints.chooseFrom(command, names),
        );
    return (from ?? names).flatMap((name) => sources.filter((each) => each.cluster === name));
}

/** What an exporter's owner has to add, and where. */
export function consentText(
    cluster: string,
    host: string,
    { place, owner, contact, missing }: Source,
): string {
    const whose =
        owner === undefined ? "" : ` (owner ${owner}${contact === undefined ? "" : `, ${contact}`})`;
    const what = missing?.isRequired
        ? `${cluster} may not import ${host} before its owner has added this`
        : `Each call of ${cluster} gets 403 until its owner has added this`;
    return [`${what} to ${place}${whose}:`, "", ...(missing?.lines ?? []).map((line) => `  ${line}`)].join(
        "\n",
    );
}
