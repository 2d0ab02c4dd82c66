import { setTimeout as pause } from "node:timers/promises";
import { dnsPort } from "../lib/dns/corefile";
import type { SoaAnswer } from "../lib/dns/message";
import { ClusterDnsError, type ObjectName, readDeployment } from "./clusterDns";
import { askSoa } from "./dnsOverTcp";
import { type ClusterAccess, KubectlError } from "./kubectl";
import { podsOf } from "./pods";
import { isReady } from "../lib/cluster/livePods";
import { withPortForward } from "./portForward";
import { type Patience, type Say, sayWhile } from "./rollout";

/** Asks one pod for the start of a zone. */
export type AskPod = (access: ClusterAccess, target: ObjectName, zone: string) => Promise<SoaAnswer>;

/** Asks through a tunnel to the pod's own DNS port, so that neither kube-proxy nor a Service can answer instead. */
const askThroughTunnel: AskPod = (access, { namespace, name }, zone) =>
    withPortForward(access, { namespace, pod: name, port: dnsPort }, (localPort) => askSoa(localPort, zone));

/** What a cluster DNS should resolve. */
export interface Expectation {
    readonly zone: string;
    /** Primary server in the zone's SOA record, which tells our server from any other; undefined takes any. */
    readonly primaryServer: string | undefined;
    /** Addresses to which the zone is forwarded, for messages. */
    readonly forwardTo: readonly string[];
}

/**
 * Waits until every ready pod of the cluster DNS resolves the zone, by asking each for its SOA record.
 *
 * @throws ClusterDnsError that names the failing layer, when that takes longer than the limit
 */
export async function waitForZone(
    access: ClusterAccess,
    target: ObjectName,
    expected: Expectation,
    { limitSeconds, intervalMilliseconds }: Patience = { limitSeconds: 30, intervalMilliseconds: 400 },
    ask: AskPod = askThroughTunnel,
    say: Say = console.error,
): Promise<void> {
    const tell = sayWhile(`the zone "${expected.zone}" in the cluster DNS`, say);
    const end = Date.now() + limitSeconds * 1000;
    const resolved = new Set<string>();
    for (;;) {
        const deployment = await readDeployment(access, target);
        const ready = (await podsOf(access, target.namespace, deployment)).filter(isReady);
        const problems = await Promise.all(
            ready
                .map((pod) => pod.metadata.name)
                .filter((name) => !resolved.has(name))
                .map(async (name) => {
                    const problem = await problemOf(
                        access,
                        { namespace: target.namespace, name },
                        expected,
                        ask,
                    );
                    if (problem === undefined) resolved.add(name);
                    return problem;
                }),
        );
        const problem =
            ready.length === 0
                ? `no pod of the Deployment ${target.namespace}/${target.name} is ready`
                : problems.find((candidate) => candidate !== undefined);
        if (problem === undefined) return;
        tell(problem);
        if (Date.now() >= end) {
            throw new ClusterDnsError(
                `The cluster DNS of context "${access.context}" did not resolve the zone "${expected.zone}" within ` +
                    `${limitSeconds} seconds: ${problem}.`,
            );
        }
        await pause(intervalMilliseconds);
    }
}

async function problemOf(
    access: ClusterAccess,
    pod: ObjectName,
    { zone, primaryServer, forwardTo }: Expectation,
    ask: AskPod,
): Promise<string | undefined> {
    const name = `pod ${pod.namespace}/${pod.name}`;
    const servers = forwardTo.join(", ");
    let answer: SoaAnswer;
    try {
        answer = await ask(access, pod, zone);
    } catch (error) {
        const detail =
            error instanceof KubectlError ? error.detail : error instanceof Error ? error.message : "";
        return `${name} could not be asked (${detail}); check that port-forward to it works and that it listens on port ${dnsPort}`;
    }
    if (answer.code === "SERVFAIL") {
        return `${name} answers SERVFAIL: the servers that it forwards to (${servers}) do not answer; check that their pods are ready`;
    }
    if (answer.code !== "NOERROR" || answer.primary === undefined) {
        return `${name} answers ${answer.code} without the zone's start: it does not forward the zone to ${servers} yet`;
    }
    if (primaryServer !== undefined && answer.primary !== primaryServer) {
        return (
            `${name} answers from another server of that zone, ${answer.primary} instead of ${primaryServer}: ` +
            `it does not forward the zone to ${servers} yet`
        );
    }
    return undefined;
}
