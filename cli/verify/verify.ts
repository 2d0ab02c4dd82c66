import { shownSource } from "../../kube/declaredAccess";
import type { ClusterAccess } from "../../kube/kubectl";
import { whySilent } from "../../kube/whySilent";
import type { FailedCall } from "../../lib/doctor/finding";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { LastUp } from "../../lib/mesh/lastRun";
import type { CommandLine } from "../commandLine";
import { doctorHints } from "../hints/doctorHints";
import type { Target } from "./check";
import { diagnoseCalls, type Diagnosis, type Surroundings } from "./doctor";
import { callFromOutside, type Clusters, failedCall, type Tried } from "./failedCall";
import { askedOnce } from "./askedOnce";
import { podExecs, type WhySilent } from "./podExecs";
import { type Explanation, reportOf, type VerifyReport } from "./report";
import { type ProbePlace, type Stop, withProbeJobs } from "./probeJob";
import { type CheckReport, verifyTarget, type Patience } from "./run";
import { listTargets, ofHost, type TargetOptions, type Unreachable, withoutProbe } from "./targets";

/** What a verification needs of the mesh beside its clusters' outputs. */
export interface VerifyOptions extends TargetOptions, Patience {
    /** Name of the Pulumi project. */
    readonly project: string;
    /** The one host to call; all of them where it is left out. */
    readonly host?: string | undefined;
    /** Where a pod to call from is to be started; none is where it is left out. */
    readonly start?: { readonly place: ProbePlace; readonly interrupt: Stop } | undefined;
    /** Says when a stack was last updated, asked only of the ends of a call that failed. */
    readonly lastUpOf: (stack: string) => Promise<LastUp | undefined>;
    /** Looks further, while the pods that were called from are there. */
    readonly look?: ((tried: readonly Tried[], surroundings: Surroundings) => Promise<void>) | undefined;
}

/**
 * Verifies every import of a mesh, all side by side, and looks for the causes of those that fail.
 *
 * @param folder the project folder
 * @param clusters outputs by stack; undefined for a cluster that is not up
 * @throws Problem when the one host is not one of the mesh
 */
export async function verifyMesh(
    folder: string,
    clusters: Clusters,
    options: VerifyOptions,
): Promise<readonly VerifyReport[]> {
    const { start, host } = options;
    const ask = askedOnce(accessKey, whySilent);
    if (start === undefined)
        return verifyFrom(folder, clusters, options, { missing: new Map(), whySilent: ask });
    const calling = [...clusters].flatMap(([cluster, outputs]) =>
        outputs?.imports.some((each) => host === undefined || each.host === host)
            ? [[cluster, { stack: cluster, folder, context: outputs.context }] as const]
            : [],
    );
    const { place, interrupt } = start;
    return withProbeJobs(new Map(calling), place, { interrupt, whySilent: ask }, (probe, missing) =>
        verifyFrom(folder, clusters, { ...options, probe }, { missing, whySilent: ask }),
    );
}

/** How a cluster is known that is asked something. */
const accessKey = ({ stack, context }: ClusterAccess) => JSON.stringify([stack, context]);

/** What is known of the clusters before any call is made. */
interface Known {
    /** Why a cluster has no pod to call from, although one was to be started. */
    readonly missing: ReadonlyMap<string, string>;
    readonly whySilent: WhySilent;
}

async function verifyFrom(
    folder: string,
    clusters: Clusters,
    options: VerifyOptions,
    known: Known,
): Promise<readonly VerifyReport[]> {
    const accessOf = ({ cluster, context }: Pick<ClusterOutputs, "cluster" | "context">): ClusterAccess => ({
        ...{ stack: cluster, folder, context },
    });
    const kubeconfigOf = (stack: string) => shownSource({ stack, folder, context: "" });
    const listed = withoutProbe(listTargets(clusters, options, kubeconfigOf), known.missing);
    const { targets, unreachable } = ofHost(listed, options.host);
    const surroundings = {
        project: options.project,
        accessOf,
        kubeconfigOf,
        whySilent: known.whySilent,
    };
    const execOf = podExecs(
        ({ cluster }) => accessOf(clusters.get(cluster) ?? { cluster, context: "" }),
        surroundings.whySilent,
        options.pauseMs / 2,
    );
    const tried = await Promise.all(
        targets.map(async (target) => ({
            target,
            checks: await verifyTarget(target, execOf(target), options),
        })),
    );
    const diagnoses = await diagnoseCalls(
        callsToExplain(tried, unreachable, clusters),
        clusters,
        surroundings,
    );
    await options.look?.(tried, surroundings);
    const lastUps = await readLastUps([...diagnoses.keys()], options.lastUpOf);
    const explain: Explain = (row, checks) => {
        const found = diagnoses.get(row);
        return found && explained(row, options.command, checks, found, lastUps);
    };
    const reports = tried.map(({ target, checks }) =>
        reportOf({ ...target, port: target.port.number }, checks, explain(target, checks)),
    );
    return [...reports, ...unreachable.map((row) => reportOfUnreachable(row, explain))];
}

/** What is said of a row beside its layers; undefined where nothing is. */
type Explain = (row: Target | Unreachable, checks: readonly CheckReport[]) => Explanation | undefined;

function reportOfUnreachable(row: Unreachable, explain: Explain): VerifyReport {
    const { detail, hint, cluster, host, from, owner } = row;
    const isUntried = row.call !== undefined && { isUntried: true as const };
    const checks = [{ name: "import", status: "failed" as const, detail, hint, ...isUntried }];
    const place = { cluster, host, from, ...(owner !== undefined && { owner }) };
    return reportOf(place, checks, explain(row, checks));
}

/** The calls that failed, and those for which only a pod to call from is missing. */
function callsToExplain(
    tried: readonly Tried[],
    unreachable: readonly Unreachable[],
    clusters: Clusters,
): ReadonlyMap<Target | Unreachable, FailedCall> {
    const nobody = { namespace: "", workload: "" };
    const failed = tried.map(
        ({ target, checks }) => [target, failedCall({ target, checks }, clusters)] as const,
    );
    const missing = unreachable.map(
        (row) => [row, row.call && callFromOutside(row.call, nobody, clusters)] as const,
    );
    return new Map(
        [...failed, ...missing].flatMap(([row, call]) => (call === undefined ? [] : [[row, call] as const])),
    );
}

/** When the stacks at the ends of some calls were last updated, by stack. */
async function readLastUps(
    rows: readonly Pick<Target, "cluster" | "from">[],
    lastUpOf: VerifyOptions["lastUpOf"],
): Promise<ReadonlyMap<string, LastUp>> {
    const stacks = [...new Set(rows.flatMap(({ cluster, from }) => [cluster, ...from.split(",")]))];
    const found = await Promise.all(stacks.map(async (stack) => [stack, await lastUpOf(stack)] as const));
    return new Map(found.flatMap(([stack, last]) => (last === undefined ? [] : [[stack, last]])));
}

function explained(
    { cluster, from }: Pick<Target, "cluster" | "from">,
    command: CommandLine,
    checks: readonly CheckReport[],
    { findings, notLookedAt, isFromOutside }: Diagnosis,
    lastUps: ReadonlyMap<string, LastUp>,
): Explanation {
    const layer = checks.find(({ status }) => status === "failed")?.hint;
    return {
        findings: findings.map(({ next, ...rest }) => ({ ...rest, next: doctorHints.step(command, next) })),
        notLookedAt,
        lastUps: [...new Set([cluster, ...from.split(",")])].flatMap((stack) => {
            const last = lastUps.get(stack);
            return last === undefined ? [] : [{ stack, ...last }];
        }),
        ...(findings.length === 0 && layer && { next: isFromOutside ? layer : doctorHints.nothing(layer) }),
        ...(isFromOutside && { isFromOutside }),
    };
}
