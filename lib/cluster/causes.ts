import type { ClusterObject } from "./kubeObjects";

/** What an object waits for, by what a person can do about it. */
export type CauseKind =
    | "access"
    | "claim"
    | "config"
    | "crash"
    | "deletion"
    | "image"
    | "loadBalancer"
    | "namespace"
    | "other"
    | "quota"
    | "refused"
    | "schedule";

/** Why an object is not ready, or not gone. */
export interface Cause {
    readonly kind: CauseKind;
    /** A clause that holds the cluster's own words, such as `pod x can't pull the image y: ... not found`. */
    readonly text: string;
    /**
     * How long the cause may be seen until waiting makes no sense any more, seconds. Undefined where it may heal by itself:
     * an image that is being pulled, a node that is not ready yet.
     */
    readonly patienceSeconds?: number;
    /**
     * How often the cluster has tried, where it tries again by itself at growing distances: what it said of the last try may
     * be of a time before somebody has mended it, so one try more has to be seen.
     */
    readonly tries?: number;
    /** The pod and the container that it is about. */
    readonly pod?: string;
    readonly container?: string;
}

/** Longest text of the cluster's that is repeated, characters. */
const longest = 400;

/** The cluster's words in one line, without what the runtime's remote calls put before them. */
export function squeezed(words: string): string {
    const line = words
        .replace(/rpc error: code = \w+ desc = /g, "")
        .replace(/\s+/g, " ")
        .trim();
    return line.length > longest ? `${line.slice(0, longest)}...` : line;
}

/** What registries say that doesn't change by asking again. */
const definite =
    /not found|manifest unknown|denied|unauthorized|forbidden|InvalidImageName|couldn't parse image|invalid reference|NeverPull|pull policy of Never|no match for platform/i;

/** What a registry that does not answer at all looks like: a misspelt host, mostly, but sometimes a network that comes up. */
const silent =
    /no such host|server misbehaving|Temporary failure in name resolution|connection refused|no route to host|network is unreachable|HTTP response to HTTPS client|x509:/i;

/**
 * An image that was not pulled.
 *
 * @param words what the kubelet said of the last try
 * @param tries how often it was tried
 */
export function imageCause(
    place: { readonly pod: string; readonly container: string },
    image: string,
    words: string,
    tries: number,
): Cause {
    const often = tries > 1 ? ` (tried ${tries} times)` : "";
    const isSilent = silent.test(words);
    const isHopeless = isSilent ? tries >= 3 : tries >= 2 && definite.test(words);
    return {
        kind: "image",
        text: `pod ${place.pod} can't pull the image ${image}${often}: ${squeezed(words)}`,
        ...(isHopeless && { patienceSeconds: isSilent ? 25 : 15 }),
        tries,
        ...place,
    };
}

/** Taints that whoever put them there takes off again: a node that is not ready yet, or on its way out. */
const passingTaint =
    /^(node\.kubernetes\.io\/(?!unschedulable)|node\.cloudprovider\.kubernetes\.io\/|karpenter\.sh\/|ToBeDeletedByClusterAutoscaler|DeletionCandidateOfClusterAutoscaler|.*(not-ready|uninitialized|startup))/i;

/** The scheduler's word for a node whose taints a pod does not tolerate; older ones name one taint, newer ones none. */
const tainted = /untolerated taint/;

/** The taints that keep pods off nodes, each once, as `KEY=VALUE:EFFECT`. */
function taintsOf(nodes: readonly ClusterObject[]): readonly string[] {
    const texts = nodes
        .flatMap(({ spec }) => spec?.taints ?? [])
        .filter(({ effect }) => effect !== "PreferNoSchedule")
        .map(({ key, value, effect }) => `${key}${value === undefined ? "" : `=${value}`}:${effect}`);
    return [...new Set(texts)];
}

/** Seconds for which one reason of the scheduler's may stand; undefined where it may heal. */
function schedulePatience(reason: string, taints: readonly string[]): number | undefined {
    if (tainted.test(reason)) {
        const named = /untolerated taint \{([^:}]+)/.exec(reason)?.[1];
        const all = named === undefined ? taints : [named];
        return all.length === 0 || all.some((taint) => passingTaint.test(taint)) ? undefined : 20;
    }
    if (/were unschedulable|node affinity|node selector/.test(reason)) return 20;
    // Pods that are just ending give their share back.
    if (/Insufficient |Too many pods|anti-affinity|free ports/.test(reason)) return 60;
    return undefined;
}

/**
 * A pod that no node takes.
 *
 * @param words the scheduler's, such as `0/1 nodes are available: 1 node(s) had untolerated taint(s). preemption: ...`
 * @param isGrowing whether something that adds nodes has spoken of the pod
 * @param nodes the cluster's, as far as they were read
 */
export function scheduleCause(
    pod: string,
    words: string,
    isGrowing: boolean,
    nodes: readonly ClusterObject[] = [],
): Cause {
    const short = words.replace(/\.? *(no new claims to deallocate, *)?preemption:.*$/s, "");
    const reasons = short
        .replace(/^[^:]*: */, "")
        .replace(/\.$/, "")
        .split(/, (?=\d)/);
    const taints = taintsOf(nodes);
    const patiences = reasons.map((reason) => schedulePatience(reason, taints));
    const heals = isGrowing || /^0\/0 /.test(words) || patiences.includes(undefined);
    const names = tainted.test(words) && taints.length > 0 ? ` (taints: ${taints.join(", ")})` : "";
    const growing = isGrowing ? "; more nodes have been asked for" : "";
    return {
        kind: "schedule",
        text: `pod ${pod} can't be scheduled: ${squeezed(short)}${names}${growing}`,
        ...(!heals && { patienceSeconds: Math.max(...patiences.map((seconds) => seconds ?? 0)) }),
        pod,
    };
}

/** What the API server says of pods that it does not take, by kind, with the patience for it. */
const refusals: readonly (readonly [RegExp, CauseKind, number | undefined])[] = [
    [/exceeded quota/, "quota", 20],
    [/failed quota/, "quota", 15],
    // A webhook that does not answer may be one that is just coming up; one that has answered no will say so again.
    [/failed calling webhook/, "refused", undefined],
    [/serviceaccount "?[^"]*"? ?not found|looking up service account/, "refused", undefined],
    [
        /violates PodSecurity|denied the request|usage per (Container|Pod)|limit to request ratio/,
        "refused",
        15,
    ],
    [/ is forbidden| is invalid/, "refused", 25],
];

/**
 * Pods that the API server does not take, by its words.
 *
 * @param tries how often it was asked, as far as that is known
 */
export function refusalCause(words: string, tries?: number): Cause {
    const [, kind, patienceSeconds] = refusals.find(([pattern]) => pattern.test(words)) ?? [
        undefined,
        "refused" as const,
        undefined,
    ];
    return {
        kind,
        text: `no pod can be made: ${squeezed(words)}`,
        ...(patienceSeconds !== undefined && { patienceSeconds }),
        ...(tries !== undefined && { tries }),
    };
}

/** Objects that istiod writes by itself once it runs, so that a pod may wait for them. */
const fromIstiod = /"istio-ca-(root-cert|crl)"/;

/** Whether words name a ConfigMap or Secret, or a key of one, that is not there. */
export function missesConfig(words: string): boolean {
    return /(configmap|secret) "[^"]+" not found|couldn't find key|references non-existent/i.test(words);
}

/**
 * A container that can't be made as its pod says.
 *
 * @param tries how often it was tried, where that is known
 */
export function configCause(
    place: { readonly pod: string; readonly container?: string },
    words: string,
    tries?: number,
): Cause {
    return {
        kind: "config",
        text: `pod ${place.pod} can't be started: ${squeezed(words)}`,
        ...(!fromIstiod.test(words) && { patienceSeconds: 25 }),
        ...(tries !== undefined && { tries }),
        ...place,
    };
}
