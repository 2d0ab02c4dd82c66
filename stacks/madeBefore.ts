import * as pulumi from "@pulumi/pulumi";
import { stackOwner } from "../components/ownNamespace";
import { KubeconfigError } from "../kube/access";
import { readCaCerts } from "../kube/caCerts";
import { KubectlError } from "../kube/kubectl";
import { isNamesake } from "../lib/base/ownership";
import { makesCertificates } from "../lib/certificates/newCertificates";
import { strangeCertificates } from "../lib/certificates/otherState";
import { type RootPlan, sourceOf } from "../lib/certificates/rootRotation";
import { caStateProblem, type StrangeCluster } from "../lib/cluster/otherStateProblem";
import type { CaSettings } from "../lib/config/ca";
import type { CaOutputs } from "../lib/mesh/contract";
import { declaredIstioNamespace } from "../lib/mesh/declarations";
import { backendInUse } from "./backend";
import { fileSettings } from "./fileSettings";

/**
 * Finds out, where a certificate is about to be made, whether a cluster has one of this mesh that the state does not know.
 * Where nothing is made, no cluster is asked.
 *
 * A cluster that can't be asked does not stand in the way: nothing is written to it here, and its own stack looks again.
 *
 * @param before outputs of the last update, if there was one
 * @returns sentences about what was found
 */
export async function otherCertificates(
    stack: string,
    settings: CaSettings,
    plan: RootPlan,
    before: CaOutputs | undefined,
): Promise<readonly string[]> {
    if (settings.makeAnew) {
        await pulumi.log.warn(
            `ca.makeAnew is true, so certificates are made whatever the clusters have. Take it out of Pulumi.${stack}.yaml ` +
                `after this update.`,
        );
        return [];
    }
    if (!makesCertificates(before, plan, settings, new Date())) return [];
    const found = await Promise.all(settings.clusters.map((name) => strangeCluster(stack, name, before)));
    const strange = found.flatMap((cluster) => cluster ?? []);
    if (strange.length === 0) return [];
    const hasRoot = sourceOf(plan.signing) === "given";
    const state = { hasState: before !== undefined, hasRoot };
    return [caStateProblem(stack, strange, state, await backendInUse())];
}

async function strangeCluster(
    caStack: string,
    cluster: string,
    before: CaOutputs | undefined,
): Promise<StrangeCluster | undefined> {
    const settings = fileSettings(cluster) ?? {};
    if (settings["cluster"] === undefined) return undefined;
    const access = { stack: stackOwner(cluster), context: "" };
    try {
        const found = await readCaCerts(access, declaredIstioNamespace(settings));
        if (found === undefined || !isNamesake(found.owner, stackOwner(cluster))) return undefined;
        const strange = strangeCertificates(found, cluster, caStack, before);
        // A cluster that comes from another mesh, which is for its own stack to judge.
        const comes = before !== undefined && before.intermediates[cluster] === undefined;
        return strange === undefined || (comes && strange.strangeness === "other root")
            ? undefined
            : { cluster, clause: strange.clause };
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        const kind = error instanceof KubeconfigError ? error.failure.kind : undefined;
        // Nothing here leads to the cluster.
        if (kind === "file" || kind === "variable") return undefined;
        await pulumi.log.warn(
            `Whether "${cluster}" has certificates of this mesh that this state does not know can't be found out: ` +
                error.detail,
        );
        return undefined;
    }
}
