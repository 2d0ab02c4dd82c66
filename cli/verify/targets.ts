import type { KubeconfigSource } from "../../lib/base/kubeconfigSource";
import type { ClusterOutputs, Probe } from "../../lib/mesh/contract";
import { gatewayPlace } from "../../lib/mesh/gatewayPlace";
import { ownJob } from "../../lib/mesh/probe";
import { systemNamespace } from "../../lib/config/istio";
import type { CommandLine } from "../commandLine";
import { fileHints } from "../hints/fileHints";
import type { Hint } from "../hints/hint";
import { type Place, verifyHints } from "../hints/verifyHints";
import { Problem } from "../problem";
import type { CalledPort, Target } from "./check";

/** Something that can't be checked, because an earlier step is missing. */
export interface Unreachable {
    readonly cluster: string;
    readonly host: string;
    readonly from: string;
    readonly owner?: string;
    readonly detail: string;
    readonly hint: Hint;
    /** What would be called, where only the pod to call from is missing. */
    readonly call?: CalledPort;
}

/** Everything that there is to verify in a mesh. */
export interface Targets {
    readonly targets: readonly Target[];
    readonly unreachable: readonly Unreachable[];
}

/** Options of `mesh verify` that decide what is called and from where. */
export interface TargetOptions {
    /** The command that verifies. */
    readonly command: CommandLine;
    /** Pod to call from in every importing cluster, instead of the one that its stack names. */
    readonly probe?: Probe;
    /** Path of every HTTP request. */
    readonly path: string;
}

/**
 * Lists every import of every cluster, then every export that its own cluster has a probe to call it from.
 *
 * @param clusters outputs by stack; undefined for a cluster that is not up
 * @param kubeconfigOf where a stack's settings say that its kubeconfig is
 */
export function listTargets(
    clusters: ReadonlyMap<string, ClusterOutputs | undefined>,
    { command, probe: given, path }: TargetOptions,
    kubeconfigOf: (stack: string) => KubeconfigSource | undefined,
): Targets {
    const placeOf = ({ cluster, context, gateway }: ClusterOutputs): Place => ({
        kubeconfig: kubeconfigOf(cluster),
        context,
        namespace: gateway.namespace ?? systemNamespace,
    });
    const targets: Target[] = [];
    const unreachable: Unreachable[] = [];
    for (const [cluster, outputs] of clusters) {
        if (outputs === undefined) continue;
        const { globalDnsAddress, dnsAdapter } = outputs;
        const dns = { dnsAdapter, ...(globalDnsAddress !== undefined && { globalDnsAddress }) };
        const probe = given ?? outputs.probe;
        const caller = placeOf(outputs);
        for (const { host, from: exporters, ports, virtualAddress, egress, owner } of outputs.imports) {
            const owned = owner === undefined ? {} : { owner };
            const from = exporters.join(",");
            if (probe === undefined) {
                const called = { cluster, host, from, virtualAddress, path, ...(egress && { egress: true }) };
                const [port] = ports;
                unreachable.push({
                    cluster,
                    host,
                    from,
                    ...owned,
                    detail: `${cluster} names no pod to call from`,
                    hint: verifyHints.noProbe(),
                    ...(port && { call: { ...called, port } }),
                });
                continue;
            }
            // Through an egress gateway, what a sidecar sees of the way out is that gateway.
            const gateways = egress
                ? [{ addresses: [egress.address], port: egress.port }]
                : exporters.flatMap((exporter) => {
                      const outputs = clusters.get(exporter);
                      return outputs ? [gatewayPlace(outputs.gateway, cluster)] : [];
                  });
            const [exporter] = exporters.flatMap((name) => clusters.get(name) ?? []);
            const common = {
                ...{ command, cluster, host, from, virtualAddress, ...dns, probe, path, gateways, caller },
                ...owned,
                ...(egress && { egress: true }),
                ...(exporter && { exporter: placeOf(exporter) }),
            };
            for (const port of ports) targets.push({ ...common, port });
        }
        for (const { reason, ...pending } of outputs.pendingImports)
            unreachable.push({ cluster, ...pending, detail: reason, hint: verifyHints.pending(command) });
        if (outputs.probe === undefined) continue;
        for (const { host, ports, virtualAddress, owner } of outputs.exports) {
            // Own pods and those of other clusters are one service, which is called as an import.
            if (outputs.imports.some((each) => each.host === host)) continue;
            const common = {
                command,
                cluster,
                caller,
                exporter: caller,
                host,
                from: cluster,
                ...(owner !== undefined && { owner }),
                virtualAddress,
                ...dns,
                probe: outputs.probe,
                path,
            };
            for (const port of ports) targets.push({ ...common, port });
        }
    }
    return { targets, unreachable };
}

/**
 * Takes out what would be called from a pod that could not be started.
 *
 * @param missing why a cluster has no pod to call from, although one was to be started
 */
export function withoutProbe(
    { targets, unreachable }: Targets,
    missing: ReadonlyMap<string, string>,
): Targets {
    const why = ({ cluster, probe }: Target) =>
        ownJob(probe.deployment) === undefined ? undefined : missing.get(cluster);
    const rows = targets.flatMap((target) => {
        const detail = why(target);
        if (detail === undefined) return [];
        const { cluster, host, from, owner } = target;
        const hint = verifyHints.probeNotStarted(cluster);
        return [{ cluster, host, from, ...(owner !== undefined && { owner }), detail, hint, call: target }];
    });
    return {
        targets: targets.filter((target) => why(target) === undefined),
        unreachable: [...unreachable, ...rows],
    };
}

/**
 * Limits what there is to verify to one host.
 *
 * @throws Problem when it is not one of the mesh
 */
export function ofHost({ targets, unreachable }: Targets, host: string | undefined): Targets {
    if (host === undefined) return { targets, unreachable };
    const isIt = (each: { readonly host: string }) => each.host === host;
    const hosts = [...new Set([...targets, ...unreachable].map((each) => each.host))].sort();
    if (!hosts.includes(host))
        throw new Problem(
            `No cluster of this mesh has "${host}" to call. ` +
                (hosts.length === 0 ? "There is nothing to verify yet." : `There is: ${hosts.join(", ")}.`),
        );
    return { targets: targets.filter(isIt), unreachable: unreachable.filter(isIt) };
}

/**
 * Reads `NAMESPACE/DEPLOYMENT[/CONTAINER]`; the container is called like the deployment unless it is named.
 *
 * @throws Problem when it has another shape
 */
export function parseProbe(text: string): Probe {
    const [namespace = "", deployment = "", container = deployment, ...others] = text.split("/");
    if (namespace === "" || deployment === "" || container === "" || others.length > 0)
        throw new Problem(`"${text}" does not name a pod to call from.`, fileHints.probeShape());
    return { namespace, deployment, container };
}
