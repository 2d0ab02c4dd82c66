import { KubectlError } from "../../kube/kubectl";
import { call } from "./call";
import { failed, type Check, type CheckResult, type Exec, type Target } from "./check";
import { clusterDns } from "./clusterDns";
import { gateway } from "./gateway";
import { globalDns } from "./globalDns";
import { sidecar } from "./sidecar";

/** The layers in the order in which a call passes them. */
export const checks: readonly Check[] = [clusterDns, globalDns, sidecar, gateway, call];

/** How one layer fared; `not tried` after the first that failed. */
export interface CheckReport extends Omit<CheckResult, "status"> {
    readonly name: string;
    readonly status: CheckResult["status"] | "not tried";
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
        while (result.status === "failed" && Date.now() + pauseMs < deadline) {
            await new Promise((resolve) => setTimeout(resolve, pauseMs));
            result = await once(layer, target, exec);
        }
        reports.push({ name: layer.name, ...result });
        stopped = result.status === "failed";
    }
    return reports;
}

async function once(layer: Check, target: Target, exec: Exec): Promise<CheckResult> {
    try {
        return await layer.run(target, exec);
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        const { namespace, deployment, container } = target.probe;
        return failed(
            error.detail.split("\n").at(-1) ?? error.detail,
            `The probe is deployment ${namespace}/${deployment}, container ${container}, in ${target.cluster}. See whether it ` +
                `runs, or choose another with --from NAMESPACE/DEPLOYMENT[/CONTAINER].`,
        );
    }
}
