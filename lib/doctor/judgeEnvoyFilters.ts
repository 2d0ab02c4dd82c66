import { gatewayPort } from "../istio/types";
import { all, type ClusterEvidence } from "./evidence";
import { atExporters, edits, type FailedCall, type Finding, isRemote, type Judge, nameOf } from "./finding";
import { hasLabels } from "./match";
import type { EnvoyFilterSpec, Pod, Thing } from "./objects";
import { hasSidecar } from "../cluster/livePods";
import { callerPods, gatewayPods, podPortOf, serverPods } from "./workloads";

type Patch = NonNullable<EnvoyFilterSpec["configPatches"]>[number];
type Context = "SIDECAR_OUTBOUND" | "SIDECAR_INBOUND" | "GATEWAY";

/** A proxy on a call's way. */
interface Proxy {
    readonly where: ClusterEvidence;
    readonly pod: Pod | undefined;
    readonly context: Context;
    /** Port that the call has there. */
    readonly port: number;
    readonly who: string;
}

/** EnvoyFilters of somebody that change what a proxy on the way does with this call. What they make of it can't be told. */
export const judgeEnvoyFilters: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const proxies: Proxy[] = [];
    const { number } = call.port;
    if (here)
        proxies.push({
            where: here,
            pod: callerPods(here, call)[0],
            context: "SIDECAR_OUTBOUND",
            port: number,
            who: "the caller's proxy",
        });
    atExporters(call, evidence, (exporter, where) => {
        const pod = serverPods(where, call, exporter).find(hasSidecar);
        proxies.push({
            where,
            pod,
            context: "SIDECAR_INBOUND",
            port: podPortOf(where, call),
            who: "the workload's proxy",
        });
        if (isRemote(call, exporter))
            proxies.push({
                where,
                pod: gatewayPods(where)[0],
                context: "GATEWAY",
                port: gatewayPort,
                who: "the gateway",
            });
        return [];
    });
    return proxies.flatMap((proxy) => ofProxy(call, proxy));
};

function ofProxy(call: FailedCall, proxy: Proxy): readonly Finding[] {
    const { where, who } = proxy;
    return all(where, "EnvoyFilter").flatMap((filter): readonly Finding[] => {
        if (!isFor(filter, proxy)) return [];
        const patches = filter.spec?.configPatches ?? [];
        const index = patches.findIndex((patch) => touches(patch, call, proxy));
        const patch = patches[index];
        if (patch === undefined) return [];
        const name = nameOf("EnvoyFilter", filter.metadata);
        return [
            {
                code: "envoy-filter",
                cluster: where.cluster,
                cause: `${name} changes what ${who} does with calls to ${call.host}; nothing else was found that they could fail by.`,
                evidence: [
                    `${name}: spec.configPatches[${index}]: applyTo ${patch.applyTo ?? "?"}, context ${patch.match?.context ?? "ANY"}`,
                ],
                next: [
                    "See whether the call passes without it: ",
                    edits(where, "EnvoyFilter", filter.metadata),
                ],
                ...(filter.metadata.creationTimestamp !== undefined && {
                    since: filter.metadata.creationTimestamp,
                }),
            },
        ];
    });
}

function isFor({ metadata, spec }: Thing<EnvoyFilterSpec>, { where, pod }: Proxy): boolean {
    if (pod === undefined || (spec?.targetRefs ?? []).length > 0) return false;
    const isNear = [pod.metadata.namespace, where.systemNamespace].includes(metadata.namespace);
    return isNear && hasLabels(pod.metadata.labels, spec?.workloadSelector?.labels);
}

/** Whether a patch can reach this call: each part of its match that is about a port or a host is about this one. */
function touches({ match = {} }: Patch, { host, port }: FailedCall, proxy: Proxy): boolean {
    const { context = "ANY", cluster, listener, routeConfiguration } = match;
    if (context !== "ANY" && context !== proxy.context) return false;
    const isPort = (wanted: number | undefined) =>
        wanted === undefined || wanted === 0 || wanted === proxy.port;
    const isName = (name: string | undefined) => name === undefined || name === "" || name.includes(host);
    const vhost = routeConfiguration?.vhost;
    const isInbound = proxy.context === "SIDECAR_INBOUND";
    return (
        isPort(cluster?.portNumber) &&
        (cluster?.service === undefined || cluster.service === host) &&
        (isInbound || isName(cluster?.name)) &&
        // The workload's listener takes in all its ports.
        (isPort(listener?.portNumber) || (isInbound && listener?.portNumber === 15006)) &&
        isPort(routeConfiguration?.portNumber) &&
        (isInbound || vhost?.name === undefined || vhost.name === `${host}:${port.number}`) &&
        (isInbound || isName(vhost?.domainName))
    );
}
