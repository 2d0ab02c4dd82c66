import * as ipaddr from "ipaddr.js";
import type { ClusterEvidence } from "./evidence";
import { selects } from "./match";
import type { Peer, Pod, PolicyPort } from "./objects";
import type { Answer } from "./routes";
import { namespaceLabels } from "./workloads";

/** The other end of a connection: a pod of the cluster, or an address outside; its address may not be known. */
export type End = { readonly pod: Pod } | { readonly address: string | undefined };

/** Whether both of two conditions hold. */
export function both(one: Answer, other: Answer): Answer {
    if (one === false || other === false) return false;
    return one === undefined || other === undefined ? undefined : true;
}

/** Whether a rule's ports take one in. */
export function coversPort(
    ports: readonly PolicyPort[] | undefined,
    wanted: number,
    protocol: string,
): Answer {
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

/** Whether a rule's peers take an end in. */
export function coversEnd(
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
