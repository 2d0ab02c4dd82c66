import type { Access } from "../../lib/base/shownCommands";
import { ownJob, workloadOf } from "../../lib/mesh/probe";
import { type CommandLine, kubectlCommand } from "../commandLine";
import { advise, type Hint } from "./hint";

/** A cluster as the hints speak of it. */
export interface Place extends Access {
    /** Where its gateway and GlobalDns are. */
    readonly namespace: string;
}

/** What the hints about a call say of it. */
export interface HintTarget {
    /** The command that verifies. */
    readonly command: CommandLine;
    readonly cluster: string;
    readonly from: string;
    readonly host: string;
    readonly port: { readonly number: number };
    readonly globalDnsAddress?: string;
    readonly probe: { readonly namespace: string; readonly deployment: string; readonly container: string };
    /** The calling cluster. */
    readonly caller: Place;
    /** The exporting cluster, or the first of several; undefined where nothing is known of it. */
    readonly exporter?: Place;
}

const up = ({ command }: HintTarget, clusters: string) => command.other("up", { clusters });

const sidecarLog = ({ caller, probe }: HintTarget) =>
    kubectlCommand(caller, `-n ${probe.namespace} logs ${workloadOf(probe)} -c istio-proxy --tail=50`);

/** The stack files of one cluster, or of several with commas between. */
const filesOf = (clusters: string) =>
    clusters
        .split(",")
        .map((name) => `Pulumi.${name}.yaml`)
        .join(" and ");

const pods = (place: Place, args: string) => kubectlCommand(place, `get pods ${args}`);

/** How to see the exporting cluster's gateway, as a clause that ends a sentence's part. */
const seeGateway = ({ exporter, from }: HintTarget): Hint =>
    exporter === undefined
        ? advise`See whether ${from}'s gateway runs`
        : advise`See whether ${from}'s gateway runs (${pods(exporter, `-n ${exporter.namespace}`)})`;

const compareRoots = ({ command }: HintTarget) =>
    advise`Compare the root certificates with "${command.other("outputs")}"`;

/** What to do about each layer of a call that `mesh verify` finds at fault. */
export const verifyHints = {
    noProbe: () =>
        advise`Name one that has a sidecar, curl and nslookup: --from NAMESPACE/DEPLOYMENT[/CONTAINER]; or let one be started: --probe NAMESPACE[/SERVICEACCOUNT]`,
    probeNotStarted: (cluster: string) =>
        advise`Mend that in ${cluster}, or name another place: --probe NAMESPACE[/SERVICEACCOUNT], with --probe-image for the image.`,
    pending: (command: CommandLine) => advise`Run: ${command.other("up")}`,
    execFailed: ({ probe, cluster }: HintTarget) =>
        advise`The probe is deployment ${probe.namespace}/${probe.deployment}, container ${probe.container}, in ${cluster}. See whether it runs, or choose another with --from NAMESPACE/DEPLOYMENT[/CONTAINER].`,
    forbidden: ({ probe, cluster }: HintTarget) =>
        advise`The user of ${cluster}'s kubeconfig may not run commands in pods of namespace ${probe.namespace}, which verify does: allow "get" of pods and deployments there and "create" of pods/exec.`,
    silent: ({ cluster, caller }: HintTarget) =>
        advise`See why ${cluster} does not answer: ${kubectlCommand(caller, "version")}`,
    sidecarDns: ({ host, probe, caller }: HintTarget) =>
        advise`The probe's sidecar does not answer for ${host}. One that started before dns.adapter was sidecar does so after: ${kubectlCommand(
            caller,
            `-n ${probe.namespace} rollout restart ${workloadOf(probe)}`,
            "writes",
        )}`,
    ownDns: ({ host, cluster, globalDnsAddress = "" }: HintTarget) =>
        advise`GlobalDns (${globalDnsAddress}) knows ${host}, but ${cluster}'s DNS does not ask it. With dns.adapter none forwarding the mesh's suffixes to it is yours to set up.`,
    clusterDns: (target: HintTarget) =>
        advise`The cluster DNS of ${target.cluster} does not forward the zone to GlobalDns, which knows ${target.host}. To mend that: ${target.command.other("up", { refresh: true, clusters: target.cluster })}`,
    globalDnsBehind: (behind: Hint | undefined) =>
        advise`GlobalDns has no better answer, so the fault lies there. ${behind ?? ""}`,
    globalDns: (target: HintTarget) =>
        advise`See whether GlobalDns (${target.globalDnsAddress ?? ""}) runs in ${target.cluster} (${pods(target.caller, `-n ${target.caller.namespace}`)}), then: ${up(target, target.cluster)}`,
    noNslookup: () =>
        advise`The probe needs nslookup: choose another pod with --from, or let one be started with --probe NAMESPACE.`,
    noSidecar: ({ probe }: HintTarget) =>
        advise`Only pods with a sidecar can call mesh-wide hosts. Label namespace ${probe.namespace} with istio-injection=enabled, then ${ownJob(probe.deployment) !== undefined ? "run this again" : `restart deployment ${probe.deployment}`}.`,
    hostUnknown: (target: HintTarget) =>
        advise`istiod of ${target.cluster} has not sent it. See whether it runs (${pods(target.caller, "-A -l app=istiod")}). Then: ${up(target, target.cluster)}`,
    noEndpoint: (target: HintTarget) =>
        advise`Its ServiceEntry names none. Run: ${up(target, target.cluster)}`,
    oldAddress: (target: HintTarget) =>
        advise`The import is older than the gateway's address. Run: ${up(target, target.cluster)}`,
    unhealthy: (gateway: string) =>
        advise`Envoy takes an endpoint out after repeated failures, for about 30 s. See whether ${gateway} runs.`,
    egressGateway: ({ cluster, caller }: HintTarget) =>
        advise`See whether ${cluster}'s egress gateway runs (${pods(caller, "-A -l istio=egressgateway")}) and whether a NetworkPolicy lets pods reach it.`,
    gateway: (target: HintTarget) =>
        advise`${seeGateway(target)} and whether a firewall between the clusters lets the port through.`,
    noTrust: (target: HintTarget) =>
        advise`The two ends do not trust each other. ${compareRoots(target)}; if they are the same, ${target.host} is served with another identity than ${target.from} exports.`,
    callerRefused: (target: HintTarget) =>
        advise`The workload refuses the caller's certificate. ${compareRoots(target)}; if they are the same, ${target.from} does not accept the trust domain of ${target.cluster}: see mesh.acceptedTrustDomains in ${filesOf(target.from)}, and restart the calling pod after a change of mesh.trustDomain.`,
    noHealthyUpstream: ({ host, from }: HintTarget) =>
        advise`A proxy on the way has no endpoint left. See whether the pods of ${host} in ${from} are ready and have sidecars.`,
    refusedOnTheWay: ({ host, from }: HintTarget) =>
        advise`Something on the way refuses the connection. See the pods of ${host} in ${from}, and its gateway.`,
    dropped: (target: HintTarget) =>
        advise`${target.from}'s gateway dropped the connection: it has no chain for the server name outbound_.${target.port.number}_._.${target.host}, or no pod behind it. Run: ${up(target, target.from)}. If that changes nothing, one end refuses the other's certificate: see whether the pods have the service account that ${target.from} exports, and whether ${target.from} accepts the trust domain of ${target.cluster}.`,
    policy: ({ from }: HintTarget) =>
        advise`An AuthorizationPolicy in ${from} refuses this caller. See allowedFrom of the export in ${filesOf(from)}, and policies of your own there.`,
    workloadAnswered: () =>
        advise`The workload itself answered, so the way is right. Choose a path that it serves with --path.`,
    noRoute: ({ cluster }: HintTarget) =>
        advise`A proxy has no route for it. See whether ${cluster} has another service of the same name.`,
    logs: (target: HintTarget) =>
        advise`See the log of the probe's sidecar (${sidecarLog(target)}) and of ${target.from}'s gateway.`,
    unresolved: () => advise`The name did not resolve inside curl. See the DNS checks above.`,
    noListener: ({ host, port }: HintTarget) =>
        advise`Nothing takes ${host}:${port.number} in the pod: its sidecar has no listener for it.`,
    firewall: ({ cluster }: HintTarget) =>
        advise`A firewall between ${cluster} and the gateway may drop the packets.`,
    noGrpc: ({ from }: HintTarget) =>
        advise`What answers speaks no gRPC. If it isn't meant to, set its protocol to HTTP in the exports of ${filesOf(from)}.`,
    noShell: () =>
        advise`The call could not be made from it. Let a pod be started that can make it, with the same identity: --probe NAMESPACE[/SERVICEACCOUNT]; or choose one that has a shell, curl and nslookup with --from.`,
    noCurl: () =>
        advise`The probe needs curl: choose another pod with --from, or let one be started with --probe NAMESPACE.`,
    sidecarLog: (target: HintTarget) => advise`See the log of the probe's sidecar: ${sidecarLog(target)}`,
    closedAtOnce: (target: HintTarget) =>
        advise`The sidecar took the connection but could not bring it to ${target.from}. See its log (${sidecarLog(target)}) and that of the gateway.`,
};
