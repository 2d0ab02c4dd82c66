import { fewAtOnce } from "../../kube/atOnce";
import { lastLine } from "../../kube/inProxy";
import { type ClusterAccess, getJson, KubectlError, type List } from "../../kube/kubectl";
import { readProxyPages } from "../../kube/proxyState";
import { stubAdapters, type StubAdapter } from "../../lib/base/dnsAdapter";
import { type DnsState, dnsState } from "../../lib/doctor/bundle/dnsState";
import { type EnvoyState, envoyState, type Interest } from "../../lib/doctor/bundle/envoyState";
import { all, type ClusterEvidence, type NotRead } from "../../lib/doctor/evidence";
import type { FailedCall } from "../../lib/doctor/finding";
import type { ConfigMap, Pod } from "../../lib/doctor/objects";
import { hasSidecar, isReady } from "../../lib/cluster/livePods";
import {
    callerPods,
    egressPods,
    gatewayPods,
    istiodsOf,
    podPortOf,
    serverPods,
} from "../../lib/doctor/workloads";
import type { ClusterOutputs } from "../../lib/mesh/contract";
import { readEnds, type Surroundings } from "./doctor";

/** What one proxy on the way of calls knows of them. */
export interface ProxyRecord extends EnvoyState {
    /** `NAMESPACE/NAME` of its pod. */
    readonly pod: string;
    readonly role: Role;
}

type Role = "caller" | "egress gateway" | "gateway" | "server";

/** What one cluster was found to hold. */
export interface ClusterState {
    /** Kubernetes' version; absent where the cluster did not say. */
    readonly kubernetes?: string;
    readonly istiods: readonly { readonly name: string; readonly image: string; readonly ready: number }[];
    readonly proxies: readonly ProxyRecord[];
    readonly dns: DnsState;
    readonly notLookedAt: readonly NotRead[];
}

/** Seconds that a cluster may take for an answer. */
const limitSeconds = 5;
/** Proxies of one cluster that are asked at the same time. */
const atOnce = 4;

/** Reads what the proxies and the DNS of one cluster know of some calls. */
export async function readClusterState(
    outputs: ClusterOutputs,
    calls: readonly FailedCall[],
    surroundings: Surroundings,
): Promise<ClusterState> {
    const { cluster } = outputs;
    const access = surroundings.accessOf(outputs);
    const ends = await readEnds(outputs, calls, surroundings);
    if (Object.keys(ends.lists).length === 0)
        return { istiods: [], proxies: [], dns: {}, notLookedAt: ends.notRead };
    const notLookedAt: NotRead[] = [...ends.notRead];
    const orNoted = async <T>(what: string, reading: Promise<T>): Promise<T | undefined> => {
        try {
            return await reading;
        } catch (error) {
            if (!(error instanceof KubectlError)) throw error;
            notLookedAt.push({ cluster, what, reason: lastLine(error) });
            return undefined;
        }
    };
    const [version, zones] = await Promise.all([
        orNoted(
            "Kubernetes' version",
            getJson<{ readonly gitVersion?: string }>(access, "/version", limitSeconds),
        ),
        orNoted("GlobalDns's zones", readGlobalDns(access, ends)),
    ]);
    const { proxies, notRead } = await readProxies(access, ends, calls);
    return {
        ...(version?.gitVersion !== undefined && { kubernetes: version.gitVersion }),
        istiods: istiodsOf(ends).map(({ metadata, spec, status }) => ({
            name: `${metadata.namespace ?? ""}/${metadata.name}`,
            image: spec?.template?.spec?.containers?.[0]?.image ?? "?",
            ready: status?.readyReplicas ?? 0,
        })),
        proxies,
        dns: dnsState(all(ends, "ConfigMap"), zones, stubOf(outputs), outputs.suffixes),
        notLookedAt: [...notLookedAt, ...notRead],
    };
}

function stubOf({ dnsAdapter }: ClusterOutputs): StubAdapter | undefined {
    return stubAdapters.find((each) => each === dnsAdapter);
}

async function readGlobalDns(
    access: ClusterAccess,
    { systemNamespace }: ClusterEvidence,
): Promise<readonly ConfigMap[]> {
    const path = `/api/v1/namespaces/${systemNamespace}/configmaps?labelSelector=app%3Dglobal-dns`;
    return (await getJson<List<ConfigMap>>(access, path, limitSeconds)).items;
}

async function readProxies(
    access: ClusterAccess,
    ends: ClusterEvidence,
    calls: readonly FailedCall[],
): Promise<{ readonly proxies: readonly ProxyRecord[]; readonly notRead: readonly NotRead[] }> {
    const interest = interestOf(ends, calls);
    const asked = await fewAtOnce([...podsOnTheWay(ends, calls)], atOnce, async ([pod, role]) => ({
        ...{ pod, role },
        answer: await readProxyPages(access, pod),
    }));
    return {
        proxies: asked.flatMap(({ pod, role, answer }) =>
            "pages" in answer ? [{ pod, role, ...envoyState(answer.pages, interest) }] : [],
        ),
        notRead: asked.flatMap(({ pod, answer }) =>
            "reason" in answer
                ? [{ cluster: ends.cluster, what: `Envoy of ${pod}`, reason: answer.reason }]
                : [],
        ),
    };
}

function interestOf(ends: ClusterEvidence, calls: readonly FailedCall[]): Interest {
    const isHere = ({ exporters }: FailedCall) => exporters.some(({ cluster }) => cluster === ends.cluster);
    const unique = <T>(values: readonly T[]) => [...new Set(values)];
    return {
        hosts: unique(calls.map(({ host }) => host)),
        addresses: unique(calls.map(({ virtualAddress }) => virtualAddress)),
        ports: unique(calls.map(({ port }) => port.number)),
        podPorts: unique(calls.filter(isHere).map((call) => podPortOf(ends, call))),
    };
}

/** One pod for each end and each gateway of the calls in this cluster, with what it is there. */
function podsOnTheWay(ends: ClusterEvidence, calls: readonly FailedCall[]): ReadonlyMap<string, Role> {
    const found = new Map<string, Role>();
    const add = (role: Role, pods: readonly Pod[]) => {
        const pod = pods.find(isReady) ?? pods[0];
        if (pod === undefined) return;
        const name = `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
        if (!found.has(name)) found.set(name, role);
    };
    for (const call of calls) {
        if (call.caller.cluster === ends.cluster) {
            add("caller", callerPods(ends, call).filter(hasSidecar));
            if (call.isThroughEgress) add("egress gateway", egressPods(ends, call));
        }
        for (const exporter of call.exporters.filter(({ cluster }) => cluster === ends.cluster)) {
            add("server", serverPods(ends, call, exporter).filter(hasSidecar));
            if (call.caller.cluster !== ends.cluster) add("gateway", gatewayPods(ends));
        }
    }
    return found;
}
