import { shownSource } from "../../kube/declaredAccess";
import { kubectl, type ClusterAccess } from "../../kube/kubectl";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import type { Exec, Target } from "./check";
import { reportOf, type VerifyReport } from "./report";
import { verifyTarget, type Patience } from "./run";
import { listTargets, type TargetOptions } from "./targets";

/** Longest time that one command in a pod may take, seconds. More than every command's own limit. */
const execTimeoutSeconds = 20;

/**
 * Verifies every import of a mesh, all side by side.
 *
 * @param folder the project folder
 * @param clusters outputs by stack; undefined for a cluster that is not up
 */
export async function verifyMesh(
    folder: string,
    clusters: ReadonlyMap<string, ClusterOutputs | undefined>,
    options: TargetOptions & Patience,
): Promise<readonly VerifyReport[]> {
    const { targets, unreachable } = listTargets(clusters, options, (stack) =>
        shownSource({ stack, folder, context: "" }),
    );
    const waiting = unreachable.map(({ detail, hint, ...rest }) =>
        reportOf(rest, [{ name: "import", status: "failed", detail, hint }]),
    );
    const tried = targets.map(async (target) => {
        const context = clusters.get(target.cluster)?.context ?? "";
        const access = { stack: target.cluster, folder, context };
        const checks = await verifyTarget(target, execIn(access, target), options);
        return reportOf({ ...target, port: target.port.number }, checks);
    });
    return [...(await Promise.all(tried)), ...waiting];
}

function execIn(access: ClusterAccess, { probe }: Target): Exec {
    return (container, command) =>
        kubectl(
            access,
            ["exec", "-n", probe.namespace, `deploy/${probe.deployment}`, "-c", container, "--", ...command],
            { timeoutSeconds: execTimeoutSeconds },
        );
}
