import { type ClusterAccess, kubectl } from "../../kube/kubectl";
import { workloadOf } from "../../lib/mesh/probe";
import { batchedExec } from "./batchedExec";
import type { Exec, Target } from "./check";
import { SilentCluster } from "./run";
import { sharedExec } from "./sharedExec";

/** Longest time that one command in a pod may take, seconds. More than every command's own limit. */
const execTimeoutSeconds = 20;

/** Says why a cluster does not answer; undefined where it does. */
export type WhySilent = (access: ClusterAccess) => Promise<string | undefined>;

/**
 * Runs commands in the pods that calls are made from, with few calls of each cluster, and none of one that does not answer.
 *
 * @param freshMs for how long what one check has asked is the answer to another's question
 */
export function podExecs(
    accessOf: (target: Target) => ClusterAccess,
    whySilent: WhySilent,
    freshMs: number,
): (target: Target) => Exec {
    const execs = new Map<string, Exec>();
    return (target) => {
        const key = JSON.stringify([target.cluster, target.probe]);
        const access = accessOf(target);
        const make = () => sharedExec(batchedExec(execIn(access, target)), freshMs);
        const exec = execs.get(key) ?? ifAnswering(make(), access, whySilent);
        execs.set(key, exec);
        return exec;
    };
}

/** Runs nothing in a cluster that does not answer. */
function ifAnswering(exec: Exec, access: ClusterAccess, ask: WhySilent): Exec {
    return async (container, command) => {
        const reason = await ask(access);
        if (reason !== undefined) throw new SilentCluster(reason, access);
        return exec(container, command);
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
