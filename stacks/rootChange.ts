import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { stackOwner } from "../components/ownNamespace";
import { shownSource } from "../kube/declaredAccess";
import { KubectlError } from "../kube/kubectl";
import { laggingProxies } from "../kube/proxies";
import { certificatesIn, fingerprint, fingerprintOf, type GivenRoot } from "../lib/certificates/certificates";
import type { CaSettings } from "../lib/config/ca";
import type { CaOutputs, ClusterOutputs } from "../lib/mesh/contract";
import { laggingBecause } from "../lib/certificates/proxyCertificates";
import { orderProblems, rootChange, type RootPlan } from "../lib/certificates/rootRotation";
import { readCluster } from "../outputs";
import { kubectlText } from "../lib/base/shownCommands";

/** How long proxies may take to hold a new root: the kubelet brings a changed Secret to istiod within 80 seconds. */
const patienceSeconds = 120;
/** Lagging proxies that are named; a message is no place for a thousand. */
const namedProxies = 20;

/**
 * Lets a step of a change of the root pass only when every proxy of every cluster is ready for it. Where nothing changes
 * for the proxies, no cluster is asked.
 *
 * @param before outputs of the last update, if there was one
 * @throws pulumi.RunError with everything that stands against the step
 */
export async function checkRootChange(
    stack: string,
    { clusters }: CaSettings,
    plan: RootPlan,
    given: ReadonlyMap<string, GivenRoot>,
    before: CaOutputs | undefined,
): Promise<void> {
    if (before === undefined) return;
    const fingerprints = new Map([...given].map(([name, { certPem }]) => [name, fingerprint(certPem)]));
    const wrong = orderProblems(stack, before, plan, fingerprints);
    const lagging = wrong.length > 0 ? [] : await lags(before, plan, clusters);
    const problems = [...wrong, ...lagging];
    if (problems.length === 0) return;
    throw new pulumi.RunError(
        [
            `Stack "${stack}" can't change its roots like this yet:`,
            ...problems.map((line) => `  - ${line}`),
        ].join("\n"),
    );
}

async function lags(
    before: CaOutputs,
    plan: RootPlan,
    clusters: readonly string[],
): Promise<readonly string[]> {
    const { signsNow, goes } = rootChange(before, plan);
    if (signsNow === undefined && goes.length === 0) return [];
    const rootOf = (name: string) => before.roots.find((root) => root.name === name)?.fingerprint;
    const leaving = goes.map(rootOf);
    const condition = {
        trust: signsNow === undefined ? undefined : rootOf(signsNow),
        without: certificatesIn(before.trustBundlePem)
            .map((pem) => new X509Certificate(pem))
            .filter((root) => leaving.includes(fingerprintOf(root))),
    };
    const known = before.roots.map((root) => root.fingerprint);
    const perCluster = clusters.map(async (name): Promise<readonly string[]> => {
        const cluster = await readCluster(name);
        // A cluster that is not up has no proxies, and one with an authority of its own has no part in this.
        if (cluster === undefined || !known.includes(cluster.rootFingerprint)) return [];
        return clusterLags(name, cluster, condition, goes);
    });
    return (await Promise.all(perCluster)).flat();
}

async function clusterLags(
    name: string,
    cluster: ClusterOutputs,
    condition: Parameters<typeof laggingBecause>[1],
    goes: readonly string[],
): Promise<readonly string[]> {
    // The outputs know no kubeconfig, which is elsewhere for each: the cluster's stack says where.
    const access = { stack: stackOwner(name), context: cluster.context };
    const command = (args: string) =>
        kubectlText({ kubeconfig: shownSource(access), context: cluster.context }, args);
    let lagging: readonly string[];
    try {
        lagging = await laggingProxies(access, (proxy) => laggingBecause(proxy, condition), {
            // Trust spreads by itself; a certificate under the old root stays for hours.
            seconds: condition.trust === undefined ? 0 : patienceSeconds,
            onWaiting: (count) =>
                pulumi.log.info(`Waiting for ${count} proxies of "${name}" to trust the new root.`),
        });
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return [
            `The proxies of "${name}" can't be asked whether they are ready (${error.detail}). Every cluster that is up has ` +
                `to be reachable for this step. See that \`${command("get nodes")}\` works. Only a cluster that ` +
                `does not exist any more may be taken out of ca.clusters.`,
        ];
    }
    if (lagging.length === 0) return [];
    const named = lagging.slice(0, namedProxies).join("; ");
    const others = lagging.length > namedProxies ? `; and ${lagging.length - namedProxies} more` : "";
    const remedy =
        goes.length === 0
            ? `See that the cluster's own stack has been updated, then run this again.`
            : `Restart those workloads after the update of the cluster's own stack ` +
              `(${command("rollout restart deployment -n NAMESPACE")}), or wait ` +
              `until their certificates have been renewed, a day at most, then run this again.`;
    return [`In "${name}": ${named}${others}. ${remedy}`];
}
