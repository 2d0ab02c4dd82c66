import { KubectlError } from "../../kube/kubectl";
import { type FoundService, readService } from "../../kube/liveService";
import { exportOf, type NewExport } from "../../lib/cluster/serviceExport";
import { dnsLabel } from "../../lib/config/fields";
import { type ClusterStackSettings, mainSuffix } from "../../lib/config/clusterStack";
import { hostOf } from "../../lib/base/names";
import { didYouMean } from "../../lib/base/similar";
import { ownersOf } from "../../lib/mesh/owners";
import { accessOf } from "../engine/reach";
import { fileHints } from "../hints/fileHints";
import type { CommandLine } from "../commandLine";
import { clusterSettings, type FileEdit, planEdit, refuseUnknownTeam } from "../fileEdit";
import { readMeshNow } from "./diff";
import { chooseClusters, type Mesh } from "../plan";
import { Problem } from "../problem";
import { loadMesh, stackFileName } from "../stackFiles";

/** What of which cluster is to be exported. */
export interface ExportRequest {
    readonly service: string;
    readonly namespace: string;
    /** Stack of its cluster; the only one that has it by default. */
    readonly cluster?: string | undefined;
    /** Team into whose file it goes; the one that its namespace is granted to by default. */
    readonly team?: string | undefined;
    /** Names or numbers of its ports; all by default. */
    readonly ports?: readonly string[] | undefined;
}

/** An export that is ready to be written. */
export interface PlannedExport {
    readonly cluster: string;
    readonly host: string;
    readonly entry: NewExport;
    readonly edit: FileEdit;
    /** Sentences about what is not as one might think. */
    readonly notes: readonly string[];
}

/**
 * Makes the export of a live Service. It is only looked at; nothing is written, to a file or to a cluster.
 *
 * @throws Problem where it can't be exported as it is
 */
export async function meshExport(
    folder: string,
    command: CommandLine,
    request: ExportRequest,
): Promise<PlannedExport> {
    const mesh = loadMesh(folder, command);
    refuseNames(request);
    const now = await readMeshNow(folder);
    const { cluster, found } = await findService(folder, mesh, command, request);
    const settings = clusterSettings(now, cluster);
    const host = hostOf({ service: request.service, namespace: request.namespace }, mainSuffix(settings));
    const had = ownersOf(now.mesh, host).find((each) => each.role === "exports" && each.cluster === cluster);
    if (had !== undefined)
        throw new Problem(
            `${cluster} exports ${host} already: ${had.place}${had.owner === undefined ? "" : `, owner ${had.owner}`}.`,
        );
    const exportable = exportOf(found.service, found.pods, request.ports);
    if ("problems" in exportable)
        throw new Problem(exportable.problems.map(({ path, message }) => `${path} ${message}.`).join("\n"));
    const { entry, notes } = exportable;
    const team = teamOf(cluster, settings, request);
    const edit = planEdit(folder, now, mesh.project, { list: "exports", cluster, team, entry: { ...entry } });
    return { cluster, host, entry, edit, notes };
}

/** What no cluster needs to be asked for. */
function refuseNames({ service, namespace }: ExportRequest): void {
    const wrong = [
        ["Service", service],
        ["namespace", namespace],
    ].flatMap(([what = "", name]) => {
        const message = dnsLabel.safeParse(name).error?.issues[0]?.message;
        return message === undefined
            ? []
            : [`The ${what} "${name ?? ""}" can't be a part of a mesh-wide name: it ${message}.`];
    });
    if (wrong.length > 0) throw new Problem(wrong.join("\n"));
}

type There = Extract<FoundService, { readonly service: unknown }>;

/** Asks the cluster, or every one of the mesh, for the Service. */
async function findService(
    folder: string,
    mesh: Mesh,
    command: CommandLine,
    { service, namespace, cluster }: ExportRequest,
): Promise<{ readonly cluster: string; readonly found: There }> {
    const clusters = chooseClusters(mesh, cluster === undefined ? undefined : [cluster]);
    const answers = await Promise.all(
        clusters.map(async (name) => ({
            name,
            answer: await ask(folder, mesh.project, name, namespace, service),
        })),
    );
    const silent = answers.flatMap(({ answer }) => (answer instanceof Problem ? [answer.message] : []));
    if (silent.length > 0) throw new Problem(silent.join("\n"), fileHints.nameCluster(command, clusters));
    const there = answers.flatMap(({ name, answer }) =>
        "service" in answer ? [{ cluster: name, found: answer }] : [],
    );
    const [only] = there;
    if (there.length > 1)
        throw new Problem(
            `${there.map((each) => each.cluster).join(" and ")} have a Service ${namespace}/${service}.`,
            fileHints.nameCluster(
                command,
                there.map((each) => each.cluster),
            ),
        );
    if (only !== undefined) return only;
    const missing = answers.map(({ name, answer }) =>
        "missing" in answer ? absence(name, namespace, service, answer) : "",
    );
    throw new Problem(missing.join("\n"));
}

async function ask(
    folder: string,
    project: string,
    cluster: string,
    namespace: string,
    service: string,
): Promise<FoundService | Problem> {
    const access = accessOf(folder, project, cluster);
    if (access === undefined)
        return new Problem(`${stackFileName(cluster)} does not say where the cluster is.`);
    try {
        return await readService(access, namespace, service);
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return new Problem(`${cluster} can't be asked for Service ${namespace}/${service}: ${error.message}`);
    }
}

function absence(
    cluster: string,
    namespace: string,
    service: string,
    { missing, names }: Extract<FoundService, { readonly missing: unknown }>,
): string {
    return missing === "namespace"
        ? `${cluster} has no namespace ${namespace}${didYouMean(namespace, names)}.`
        : `${cluster} has no Service ${service} in ${namespace}${didYouMean(service, names)}.`;
}

/** The team whose file the export belongs into; undefined for the stack's own. */
function teamOf(
    cluster: string,
    { teams }: ClusterStackSettings,
    { namespace, team }: ExportRequest,
): string | undefined {
    const granted = Object.keys(teams).find((name) => teams[name]?.namespaces.includes(namespace));
    if (team === undefined || team === granted) return granted;
    refuseUnknownTeam(team, cluster, teams);
    const whose = granted === undefined ? "nobody" : granted;
    throw new Problem(
        `Namespace ${namespace} of ${cluster} is granted to ${whose}, and not to ${team}; the platform has to add it to ` +
            `teams.${team}.namespaces in ${stackFileName(cluster)}, or leave --team out.`,
    );
}
