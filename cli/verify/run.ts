import { verifyHints } from "../hints/verifyHints";
import { lastLine } from "../../kube/inProxy";
import { type ClusterAccess, KubectlError } from "../../kube/kubectl";
import { call } from "./call";
import { failed, untried, type Check, type CheckResult, type Exec, type Target } from "./check";
import { clusterDns } from "./clusterDns";
import { gateway } from "./gateway";
import { globalDns } from "./globalDns";
import { sidecar } from "./sidecar";

/** The layers in the order in which a call passes them. */
export const checks: readonly Check[] = [clusterDns, globalDns, sidecar, gateway, call];

/** How one layer fared; `not tried` after the first that failed. */
export interface CheckReport extends Pick<CheckResult, "detail" | "hint" | "isUntried" | "isAnswered"> {
    readonly name: string;
    readonly status: CheckResult["status"] | "not tried";
}

/** That nothing can be run in a cluster, because it does not answer. */
export class SilentCluster extends KubectlError {
    constructor(detail: string, access: ClusterAccess) {
        super("", detail, access);
    }
}

/** How long to go on trying. */
export interface Patience {
    /** Time from the start after which a failing layer counts as failed, in milliseconds. */
    readonly timeoutMs: number;
    /** Pause between two tries, in milliseconds. */
    readonly pauseMs: number;
}

/**
 * Goes through the layers until one fails for good. A failing layer is tried again until the time is up, because proxies
 * learn new configuration some seconds after it is written.
 */
export async function verifyTarget(
    target: Target,
    exec: Exec,
    { timeoutMs, pauseMs }: Patience,
    layers: readonly Check[] = checks,
): Promise<readonly CheckReport[]> {
    const deadline = Date.now() + timeoutMs;
    const reports: CheckReport[] = [];
    let stopped = false;
    for (const layer of layers) {
        if (stopped) {
            reports.push({ name: layer.name, status: "not tried", detail: "" });
            continue;
        }
        let result = await once(layer, target, exec);
        while (result.status === "failed" && !result.isFinal && Date.now() + pauseMs < deadline) {
            await new Promise((resolve) => setTimeout(resolve, pauseMs));
            result = await once(layer, target, exec);
        }
        reports.push({ name: layer.name, ...reported(result) });
        // What can't be asked of one layer, for want of a tool, may not be needed for the next.
        stopped = result.status === "failed" && result.isUntried !== true;
    }
    // A call that passes has passed every layer.
    return reports.at(-1)?.status === "passed" ? reports.map(skippedIfUntried) : reports;
}

function skippedIfUntried({ name, detail, isUntried, ...others }: CheckReport): CheckReport {
    return isUntried ? { name, status: "skipped", detail } : { name, detail, ...others };
}

/** A result without what only the tries are about. */
function reported({ status, detail, hint, isUntried, isAnswered }: CheckResult): Omit<CheckReport, "name"> {
    return {
        ...{ status, detail },
        ...(hint && { hint }),
        ...(isUntried && { isUntried }),
        ...(isAnswered && { isAnswered }),
    };
}

async function once(layer: Check, target: Target, exec: Exec): Promise<CheckResult> {
    try {
        return await layer.run(target, exec);
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        if (error instanceof SilentCluster) return untried(error.detail, verifyHints.silent(target));
        return execFailure(target, error);
    }
}

/** What a container runtime says of an image that has not what is to be run. */
const noTool = /exec: "[^"]*"(?:: executable file not found|: stat |:? no such file)/;

/** A command that could not be run in the probe. */
function execFailure(target: Target, error: KubectlError): CheckResult {
    const { reason, detail } = error;
    const line = lastLine(error);
    if (reason === "Forbidden") return untried(line, verifyHints.forbidden(target));
    if (noTool.test(detail)) return untried("the probe's image has no shell", verifyHints.noShell());
    const hint = verifyHints.execFailed(target);
    return isForGood(reason, detail) ? untried(line, hint) : { ...failed(line, hint), isUntried: true };
}

/**
 * Whether waiting can't heal it: the probe is not there, or the cluster can't be spoken to as it is set up. A pod, unlike its
 * Deployment, comes and goes, and so does a container that is being started.
 */
function isForGood(reason: string, detail: string): boolean {
    if (reason === "NotFound") return !/pods? "/.test(detail);
    if (reason === "BadRequest") return /is not valid for pod/.test(detail);
    return (
        reason === "Unauthorized" ||
        /is not on PATH|must be logged in|no such file or directory|context .* does not exist|x509|getting credentials/.test(
            detail,
        )
    );
}
