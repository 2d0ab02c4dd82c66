import * as ipaddr from "ipaddr.js";
import { gatewayPort } from "../istio/types";
import { all, type ClusterEvidence } from "./evidence";
import { atExporters, edits, type FailedCall, type Finding, isRemote, type Judge, nameOf } from "./finding";
import { selects } from "./match";
import type { NetworkPolicySpec, Peer, Pod, PolicyPort, Thing } from "./objects";
import type { Answer } from "./routes";
import { callerPods, gatewayPods, namespaceLabels, podPortOf, serverPods } from "./workloads";

type NetworkPolicy = Thing<NetworkPolicySpec>;

/** The other end of a connection: a pod of the cluster, or an address outside; its address may not be known. */
type End = { readonly pod: Pod } | { readonly address: string | undefined };

/** A NetworkPolicy that shuts the way: out of the caller, into the gateway, or from there into the pods. */
export const judgeNetworkPolicies: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const caller = here && callerPods(here, call)[0];
    const out = here === undefined || caller === undefined ? [] : ofCaller(here, call, caller, evidence);
    const inside = atExporters(call, evidence, (exporter, there) => {
        const server = serverPods(there, call, exporter)[0];
        const gateway = gatewayPods(there)[0];
        if (!isRemote(call, exporter)) {
            const client = caller === undefined ? [] : [{ pod: caller }];
            return server === undefined
                ? []
                : client.flatMap((from) =>
                      into(there, server, podPortOf(there, call), from, "the pods behind the host"),
                  );
        }
        return [
            ...(gateway === undefined
                ? []
                : into(there, gateway, gatewayPort, { address: undefined }, "the gateway")),
            ...(server === undefined || gateway === undefined
                ? []
                : into(there, server, podPortOf(there, call), { pod: gateway }, "the pods behind the host")),
        ];
    });
    return [...out, ...inside];
};

function ofCaller(
    here: ClusterEvidence,
    call: FailedCall,
    caller: Pod,
    evidence: ReadonlyMap<string, ClusterEvidence>,
): readonly Finding[] {
    if (call.endedAt === "name") {
        const server = all(here, "Pod").find(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-dns");
        return server === undefined
            ? []
            : outOf(here, caller, 53, { pod: server }, "the cluster's DNS", "UDP");
    }
    // One gateway that can be reached is enough.
    const places = call.exporters.flatMap(({ cluster }) => {
        const gateway = evidence.get(cluster)?.outputs.gateway;
        if (gateway === undefined || cluster === here.cluster || call.isThroughEgress) return [];
        const { addresses, port } = gateway.peers?.[here.cluster] ?? gateway;
        return addresses.map((address) => ({ address, port }));
    });
    const shut = places.map(({ address, port }) =>
        outOf(here, caller, port, { address }, `the gateway at ${address}:${port}`),
    );
    return shut.every((findings) => findings.length > 0) ? (shut[0] ?? []) : [];
}

function selecting(where: ClusterEvidence, pod: Pod, type: "Ingress" | "Egress"): readonly NetworkPolicy[] {
    return all(where, "NetworkPolicy").filter(({ metadata, spec = {} }) => {
        const types = spec.policyTypes ?? ["Ingress", ...(spec.egress === undefined ? [] : ["Egress"])];
        return (
            metadata.namespace === pod.metadata.namespace &&
            types.includes(type) &&
            selects(spec.podSelector ?? {}, pod.metadata.labels)
        );
    });
}

function into(where: ClusterEvidence, pod: Pod, port: number, from: End, what: string): readonly Finding[] {
    const policies = selecting(where, pod, "Ingress");
    const rules = policies.flatMap(({ metadata, spec }) =>
        (spec?.ingress ?? []).map((rule) => ({ ends: rule.from, ports: rule.ports, metadata })),
    );
    const lets = rules.map(({ ends, ports, metadata }) =>
        both(coversPort(ports, port, "TCP"), coversEnd(where, ends, from, metadata.namespace)),
    );
    return shut(where, policies, lets, `keeps calls from ${what} on port ${port}`, pod);
}

function outOf(
    where: ClusterEvidence,
    pod: Pod,
    port: number,
    to: End,
    what: string,
    protocol = "TCP",
): readonly Finding[] {
    const policies = selecting(where, pod, "Egress");
    const rules = policies.flatMap(({ metadata, spec }) =>
        (spec?.egress ?? []).map((rule) => ({ ends: rule.to, ports: rule.ports, metadata })),
    );
    const lets = rules.map(({ ends, ports, metadata }) =>
        both(coversPort(ports, port, protocol), coversEnd(where, ends, to, metadata.namespace)),
    );
    return shut(where, policies, lets, `keeps the caller from ${what}`, pod);
}

function both(one: Answer, other: Answer): Answer {
    if (one === false || other === false) return false;
    return one === undefined || other === undefined ? undefined : true;
}

/** What may let the call pass counts as if it did. */
function shut(
    where: ClusterEvidence,
    policies: readonly NetworkPolicy[],
    lets: readonly Answer[],
    does: string,
    pod: Pod,
): readonly Finding[] {
    const [first] = policies;
    if (first === undefined || lets.some((each) => each !== false)) return [];
    const names = policies.map(({ metadata }) => nameOf("NetworkPolicy", metadata));
    const since = first.metadata.creationTimestamp;
    return [
        {
            code: "network-policy",
            cluster: where.cluster,
            cause: `${names.join(", ")} ${does}, where the cluster's network enforces such policies.`,
            evidence: [
                `${names.join(", ")}: selects ${nameOf("pod", pod.metadata)}`,
                `${lets.length} rule${lets.length === 1 ? "" : "s"}, none of which lets it pass`,
            ],
            next: ["Add a rule that does: ", edits(where, "NetworkPolicy", first.metadata)],
            ...(since !== undefined && { since }),
        },
    ];
}

function coversPort(ports: readonly PolicyPort[] | undefined, wanted: number, protocol: string): Answer {
    if (ports === undefined || ports.length === 0) return true;
    const answers = ports.map((each): Answer => {
        if ((each.protocol ?? "TCP") !== protocol) return false;
        if (each.port === undefined) return true;
        // A name is one of the pod's own ports, which may have any number.
        if (typeof each.port === "string") return undefined;
        return each.endPort === undefined
            ? each.port === wanted
            : each.port <= wanted && wanted <= each.endPort;
    });
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
}

function coversEnd(
    where: ClusterEvidence,
    peers: readonly Peer[] | undefined,
    end: End,
    namespace = "",
): Answer {
    if (peers === undefined || peers.length === 0) return true;
    const answers = peers.map((peer): Answer => {
        const { podSelector, namespaceSelector, ipBlock } = peer;
        if (ipBlock !== undefined)
            return coversAddress(ipBlock, "pod" in end ? end.pod.status?.podIP : end.address);
        if (!("pod" in end)) return false;
        const { namespace: its = "", labels } = end.pod.metadata;
        const ofNamespace = { "kubernetes.io/metadata.name": its, ...namespaceLabels(where, its) };
        const isPlace =
            namespaceSelector === undefined ? its === namespace : selects(namespaceSelector, ofNamespace);
        return isPlace && selects(podSelector ?? {}, labels);
    });
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
}

function coversAddress(
    { cidr, except = [] }: NonNullable<Peer["ipBlock"]>,
    address: string | undefined,
): Answer {
    if (address === undefined || !ipaddr.isValid(address)) return undefined;
    const parsed = ipaddr.parse(address);
    const isIn = (range: string) => {
        const [network, bits] = ipaddr.parseCIDR(range);
        return network.kind() === parsed.kind() && parsed.match([network, bits] as [ipaddr.IPv4, number]);
    };
    return isIn(cidr) && !except.some(isIn);
}
