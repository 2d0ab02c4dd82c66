import { hostNameProblem, hostOf } from "../base/names";
import { findCollisions, virtualAddressProblem } from "../base/virtualAddress";
import { aliasContradictions, callerContradictions } from "./callerContradictions";
import { type ClusterStackSettings, importVia, mainSuffix } from "./clusterStack";
import { dnsProblems } from "./dns";
import { exportAddress } from "./exports";
import { duplicates } from "./fields";
import type { ImportSettings } from "./imports";
import type { ConfigProblem } from "../base/problem";
import { suffixProblems } from "./suffixProblems";

/** Checks that need more than one setting of a cluster stack. */
export function contradictions(stack: string, settings: ClusterStackSettings): readonly ConfigProblem[] {
    const problems: ConfigProblem[] = [...suffixProblems(settings), ...dnsProblems(settings)];
    const suffix = mainSuffix(settings);
    settings.exports.forEach((entry, index) => {
        const path = `exports[${index}]`;
        const { virtualAddress: address } = exportAddress(entry, suffix);
        const problem = virtualAddressProblem(address, settings.cluster.ranges);
        if (problem !== undefined) {
            const remedy = entry.virtualAddress === undefined ? "; pin another one here" : "";
            problems.push({ path: `${path}.virtualAddress`, message: `${problem}${remedy}` });
        }
    });
    const named = { exports: settings.exports, imports: settings.imports };
    for (const [list, entries] of Object.entries(named)) {
        entries.forEach((entry, index) => {
            const message = hostNameProblem(hostOf(entry, suffix));
            if (message !== undefined) problems.push({ path: `${list}[${index}]`, message });
        });
    }
    const exported = settings.exports.map((entry) => exportAddress(entry, suffix));
    problems.push(
        ...namedTwice(
            "exports",
            exported.map(({ host }) => host),
        ),
    );
    for (const { address, hosts } of findCollisions(exported)) {
        problems.push({
            path: "exports",
            message: `give ${address} to ${hosts.join(" and to ")}; pin another virtualAddress for one of them`,
        });
    }
    problems.push(
        ...callerContradictions(
            settings.exports,
            exported.map(({ host }) => host),
        ),
        ...aliasContradictions(settings.exports, settings.istio.values),
    );
    settings.imports.forEach((entry, index) => {
        if (entry.from.includes(stack)) {
            problems.push({
                path: `imports[${index}].from`,
                message: `${
                    entry.from.length > 1 ? "names" : "is"
                } this cluster itself; an exported service has its mesh-wide name here without an import`,
            });
        }
        problems.push(...ownServiceProblems(settings, entry, index));
    });
    const imported = settings.imports.map((entry) => hostOf(entry, suffix));
    problems.push(...namedTwice("imports", imported));
    if (stack in settings.gateway.peerAddresses) {
        problems.push({
            path: `gateway.peerAddresses.${stack}`,
            message: "is this cluster itself; name the cluster that imports from it",
        });
    }
    const neighbour = egressNeighbour(settings, exported);
    if (neighbour !== undefined) {
        problems.push({
            path: "egress.namespace",
            message:
                `is ${settings.egress.namespace}, where ${neighbour} runs; nothing else may run beside the egress ` +
                `gateway, so choose a namespace of its own`,
        });
    }
    if (settings.connectivityCheck && settings.sampleApps.sleep === undefined) {
        problems.push({
            path: "connectivityCheck",
            message: "calls from the sleep sample, which is not deployed; add sampleApps.sleep",
        });
    }
    return problems;
}

/** Hosts that are in a list more than once, with every place, which may be in different files. */
function namedTwice(list: "exports" | "imports", hosts: readonly string[]): readonly ConfigProblem[] {
    return duplicates(hosts).map((host) => {
        const places = hosts.flatMap((other, index) => (other === host ? [`${list}[${index}]`] : []));
        return { path: list, message: `name ${host} more than once (${places.join(", ")}); remove one` };
    });
}

/** What can't be done with an import of a service that the cluster itself exports. */
function ownServiceProblems(
    settings: ClusterStackSettings,
    entry: ImportSettings,
    index: number,
): readonly ConfigProblem[] {
    const suffix = mainSuffix(settings);
    const host = hostOf(entry, suffix);
    if (!settings.exports.some((own) => hostOf(own, suffix) === host)) return [];
    const problems: ConfigProblem[] = [];
    if (importVia(settings, entry) === "egress") {
        problems.push({
            path: `imports[${index}].via`,
            message:
                `is egress, but this cluster exports ${host} too, and calls to its own pods can't go through the ` +
                `egress gateway; set it to direct, or remove the export`,
        });
    }
    if (entry.namespaces !== undefined) {
        problems.push({
            path: `imports[${index}].namespaces`,
            message:
                `limit ${host}, which this cluster exports too: its own and the remote pods are one service to every ` +
                `namespace that sees it; remove them, or the export`,
        });
    }
    if (entry.routes.length > 0) {
        problems.push({
            path: `imports[${index}].routes`,
            message:
                `can't choose versions of ${host}, which this cluster exports too: a remote gateway stands for all ` +
                `versions, an own pod for one; remove the routes, or the export`,
        });
    }
    return problems;
}

/**
 * What else would run in the egress gateway's namespace, which sees the way to the other clusters that the rest of the
 * cluster does not. Undefined where nothing is known to, or no import needs the gateway.
 */
function egressNeighbour(
    settings: ClusterStackSettings,
    exported: readonly { readonly host: string }[],
): string | undefined {
    const { egress, sampleApps } = settings;
    if (!settings.imports.some((entry) => importVia(settings, entry) === "egress")) return undefined;
    const inhabitants: readonly (readonly [string | undefined, string])[] = [
        ["istio-system", "istiod"],
        ...["default", "kube-system", "kube-public", "kube-node-lease"].map(
            (namespace) => [namespace, "Kubernetes itself"] as const,
        ),
        [sampleApps.sleep?.namespace, "the sleep sample"],
        [sampleApps.httpbin?.namespace, "the httpbin sample"],
        ...settings.exports.map((entry, index) => [entry.namespace, exported[index]?.host ?? ""] as const),
    ];
    return inhabitants.find(([namespace]) => namespace === egress.namespace)?.[1];
}
