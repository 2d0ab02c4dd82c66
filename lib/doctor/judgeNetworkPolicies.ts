import { gatewayPort } from "../istio/types";
import { all, type ClusterEvidence } from "./evidence";
import { atExporters, edits, type FailedCall, type Finding, isRemote, type Judge, nameOf } from "./finding";
import { selects } from "./match";
import { both, coversEnd, coversPort, type End } from "./networkPolicies";
import type { NetworkPolicySpec, Pod, Thing } from "./objects";
import type { Answer } from "./routes";
import { callerPods, egressPods, gatewayPods, podPortOf, serverPods } from "./workloads";

type NetworkPolicy = Thing<NetworkPolicySpec>;

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
            : outOf(here, caller, 53, { pod: server }, "the caller from the cluster's DNS", "UDP");
    }
    if (!call.isThroughEgress) return toExporters(here, call, caller, evidence, "the caller");
    const egress = egressPods(here, call)[0];
    if (egress === undefined) return [];
    return [
        ...outOf(here, caller, gatewayPort, { pod: egress }, "the caller from the egress gateway"),
        ...into(here, egress, gatewayPort, { pod: caller }, "the egress gateway"),
        ...toExporters(here, call, egress, evidence, "the egress gateway"),
    ];
}

/** Whether a pod is let out to the gateways of the exporters, of which one is enough. */
function toExporters(
    here: ClusterEvidence,
    call: FailedCall,
    pod: Pod,
    evidence: ReadonlyMap<string, ClusterEvidence>,
    who: string,
): readonly Finding[] {
    const places = call.exporters.flatMap(({ cluster }) => {
        const gateway = evidence.get(cluster)?.outputs.gateway;
        if (gateway === undefined || cluster === here.cluster) return [];
        const { addresses, port } = gateway.peers?.[here.cluster] ?? gateway;
        return addresses.map((address) => ({ address, port }));
    });
    const shut = places.map(({ address, port }) =>
        outOf(here, pod, port, { address }, `${who} from the gateway at ${address}:${port}`),
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
    return shut(where, policies, lets, `keeps ${what}`, pod);
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
