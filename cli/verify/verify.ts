import { shownSource } from "../../kube/declaredAccess";
import { kubectl, type ClusterAccess } from "../../kube/kubectl";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { LastUp } from "../../lib/mesh/lastRun";
import { ownJob, workloadOf } from "../../lib/mesh/probe";
import type { CommandLine } from "../commandLine";
import { doctorHints } from "../hints/doctorHints";
import { verifyHints } from "../hints/verifyHints";
import { Problem } from "../problem";
import { batchedExec } from "./batchedExec";
import type { Exec, Target } from "./check";
import { type Clusters, diagnoseCalls, type Diagnosis } from "./doctor";
import { type Explanation, reportOf, type VerifyReport } from "./report";
import { type ProbePlace, type Stop, withProbeJobs } from "./probeJob";
import { type CheckReport, verifyTarget, type Patience } from "./run";
import { sharedExec } from "./sharedExec";
import { listTargets, type TargetOptions, type Targets } from "./targets";

/** Longest time that one command in a pod may take, seconds. More than every command's own limit. */
const execTimeoutSeconds = 20;

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
    if (start === undefined) return verifyFrom(folder, clusters, options, new Map());
    const calling = [...clusters].flatMap(([cluster, outputs]) =>
        outputs?.imports.some((each) => host === undefined || each.host === host)
            ? [[cluster, { stack: cluster, folder, context: outputs.context }] as const]
            : [],
    );
    return withProbeJobs(new Map(calling), start.place, start.interrupt, (probe, missing) =>
        verifyFrom(folder, clusters, { ...options, probe }, missing),
    );
}

/** @param missing why a cluster has no pod to call from, although one was to be started */
async function verifyFrom(
    folder: string,
    clusters: Clusters,
    options: VerifyOptions,
    missing: ReadonlyMap<string, string>,
): Promise<readonly VerifyReport[]> {
    const accessOf = ({ cluster, context }: Pick<ClusterOutputs, "cluster" | "context">): ClusterAccess => ({
        ...{ stack: cluster, folder, context },
    });
    const kubeconfigOf = (stack: string) => shownSource({ stack, folder, context: "" });
    const listed = withoutProbe(listTargets(clusters, options, kubeconfigOf), missing);
    const { targets, unreachable } = ofHost(listed, options.host);
    const execs = new Map<string, Exec>();
    const execOf = (target: Target) => {
        const key = JSON.stringify([target.cluster, target.probe]);
        const access = accessOf(clusters.get(target.cluster) ?? { cluster: target.cluster, context: "" });
        const exec = execs.get(key) ?? sharedExec(batchedExec(execIn(access, target)), options.pauseMs / 2);
        execs.set(key, exec);
        return exec;
    };
    const tried = await Promise.all(
        targets.map(async (target) => ({
            target,
            checks: await verifyTarget(target, execOf(target), options),
        })),
    );
    const diagnoses = await diagnoseCalls(tried, clusters, {
        project: options.project,
        accessOf,
        kubeconfigOf,
    });
    const lastUps = await readLastUps([...diagnoses.keys()], options.lastUpOf);
    const waiting = unreachable.map(({ detail, hint, ...rest }) =>
        reportOf(rest, [{ name: "import", status: "failed", detail, hint }]),
    );
    const reports = tried.map(({ target, checks }) => {
        const found = diagnoses.get(target);
        const place = { ...target, port: target.port.number };
        if (found === undefined) return reportOf(place, checks);
        return reportOf(place, checks, explained(target, options.command, checks, found, lastUps));
    });
    return [...reports, ...waiting];
}

/** Takes out what would be called from a pod that could not be started. */
function withoutProbe({ targets, unreachable }: Targets, missing: ReadonlyMap<string, string>): Targets {
    const why = ({ cluster, probe }: Target) =>
        ownJob(probe.deployment) === undefined ? undefined : missing.get(cluster);
    const rows = targets.flatMap((target) => {
        const detail = why(target);
        if (detail === undefined) return [];
        const { cluster, host, from, owner } = target;
        const hint = verifyHints.probeNotStarted(cluster);
        return [{ cluster, host, from, ...(owner !== undefined && { owner }), detail, hint }];
    });
    return {
        targets: targets.filter((target) => why(target) === undefined),
        unreachable: [...unreachable, ...rows],
    };
}

/** Limits what there is to verify to one host. */
function ofHost({ targets, unreachable }: Targets, host: string | undefined): Targets {
    if (host === undefined) return { targets, unreachable };
    const isIt = (each: { readonly host: string }) => each.host === host;
    const hosts = [...new Set([...targets, ...unreachable].map((each) => each.host))].sort();
    if (!hosts.includes(host))
        throw new Problem(
            `No cluster of this mesh has "${host}" to call. ` +
                (hosts.length === 0 ? "There is nothing to verify yet." : `There is: ${hosts.join(", ")}.`),
        );
    return { targets: targets.filter(isIt), unreachable: unreachable.filter(isIt) };
}

/** When the stacks at the ends of some calls were last updated, by stack. */
async function readLastUps(
    targets: readonly Target[],
    lastUpOf: VerifyOptions["lastUpOf"],
): Promise<ReadonlyMap<string, LastUp>> {
    const stacks = [...new Set(targets.flatMap(({ cluster, from }) => [cluster, ...from.split(",")]))];
    const found = await Promise.all(stacks.map(async (stack) => [stack, await lastUpOf(stack)] as const));
    return new Map(found.flatMap(([stack, last]) => (last === undefined ? [] : [[stack, last]])));
}

function explained(
    target: Target,
    command: CommandLine,
    checks: readonly CheckReport[],
    { findings, notLookedAt }: Diagnosis,
    lastUps: ReadonlyMap<string, LastUp>,
): Explanation {
    const layer = checks.find(({ status }) => status === "failed")?.hint;
    return {
        findings: findings.map(({ next, ...rest }) => ({ ...rest, next: doctorHints.step(command, next) })),
        notLookedAt,
        lastUps: [...new Set([target.cluster, ...target.from.split(",")])].flatMap((stack) => {
            const last = lastUps.get(stack);
            return last === undefined ? [] : [{ stack, ...last }];
        }),
        ...(findings.length === 0 && layer && { next: doctorHints.nothing(layer) }),
    };
}

function execIn(access: ClusterAccess, { probe }: Target): Exec {
    return (container, command) =>
        kubectl(
            access,
            ["exec", "-n", probe.namespace, workloadOf(probe), "-c", container, "--", ...command],
            { timeoutSeconds: execTimeoutSeconds },
        );
}
