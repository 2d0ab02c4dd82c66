import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stackOwner } from "../components/ownNamespace";
import { readDnsFacts } from "../kube/clusterDnsFacts";
import type { ClusterFacts } from "../kube/clusterFacts";
import { isUnreachable, KubectlError } from "../kube/kubectl";
import { readExistingIstio, readIstiods, readNamespaces } from "../kube/meshFacts";
import { readyNodeAddresses } from "../lib/base/addresses";
import { accessProblem, judgeNodePort } from "../lib/cluster/problems";
import { type ClusterFindings, clusterFindings } from "../lib/cluster/findings";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { revisionSettings } from "../lib/config/istio";
import { detectDns, type DnsChoice, namedDns, usualDns } from "../lib/dns/adapter";
import { foreignImports, type Place, sharedClusters } from "../lib/mesh/membership";
import { declaredAccess, declaredClusters } from "../lib/mesh/declarations";
import { judgeVersions } from "../lib/istio/supportedVersions";
import { virtualAddressProblem } from "../lib/base/virtualAddress";
import { fileSettings } from "./fileSettings";

/**
 * Waits for everything that is read before the first write.
 *
 * @throws pulumi.RunError with one message that lists what every part that failed has to say
 */
export async function allRead<T extends readonly unknown[]>(
    name: string,
    parts: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
    const reasons: unknown[] = [];
    for (const result of await Promise.allSettled(parts)) {
        if (result.status === "rejected") reasons.push(result.reason);
    }
    const [first] = reasons;
    if (reasons.length === 1 || !reasons.every((reason) => reason instanceof pulumi.RunError)) throw first;
    refuse(
        name,
        reasons.map((reason) => reason.message),
    );
    return await Promise.all(parts);
}

/**
 * Ends the run before the first write when anything was found that can't work.
 *
 * @param problems sentences, each with what to do
 * @throws pulumi.RunError with one message that lists them all
 */
export function refuse(name: string, problems: readonly string[]): void {
    if (problems.length > 0) throw refusal(name, problems);
}

/** The error that lists what stands against a stack. */
export function refusal(name: string, problems: readonly string[]): pulumi.RunError {
    return new pulumi.RunError(
        [`Stack "${name}" can't work as it is:`, ...problems.map((line) => `  - ${line}`)].join("\n"),
    );
}

/** What follows from what a cluster tells of itself. */
export interface Examination {
    /** Sentences about what can't work. */
    readonly problems: readonly string[];
    /** Sentences about what could not be made sure of. */
    readonly warnings: readonly string[];
    /** Addresses of the ready nodes, where the gateway needs them. */
    readonly nodeAddresses: readonly string[];
}

/** Compares what a cluster tells of itself with what its stack wants of it. */
export function examineCluster(
    name: string,
    { cluster, gateway, istio }: ClusterStackSettings,
    facts: ClusterFacts,
): Examination {
    if (facts.failure) {
        const problem = accessProblem(name, cluster, facts.failure);
        return { problems: [problem], warnings: [], nodeAddresses: [] };
    }
    // Local charts don't say which release they are, and whether an Istio fits that is there is its owner's to know.
    const planes = istio.install ? revisionSettings(istio) : [{ charts: undefined, version: undefined }];
    const releases = new Set(planes.map(({ charts, version }) => (charts ? undefined : version)));
    const { version } = facts;
    const verdicts = [
        ...(version === undefined ? [] : [...releases].map((release) => judgeVersions(version, release))),
        facts.nodePort ? judgeNodePort(facts.nodePort) : {},
    ];
    const needsNodes = gateway.type === "NodePort" && !gateway.addresses;
    const nodes = needsNodes ? gatewayNodes(name, gateway.nodeAddressType, facts.nodes) : [];
    return {
        problems: [
            ...verdicts.flatMap(({ problem }) => problem ?? []),
            ...(typeof nodes === "string" ? [nodes] : []),
        ],
        warnings: verdicts.flatMap(({ warning }) => warning ?? []),
        nodeAddresses: typeof nodes === "string" ? [] : nodes,
    };
}

/** The addresses of the ready nodes, or a sentence about why there are none. */
function gatewayNodes(
    name: string,
    type: ClusterStackSettings["gateway"]["nodeAddressType"],
    nodes: ClusterFacts["nodes"],
): readonly string[] | string {
    if ("refusal" in nodes) {
        return (
            `the nodes of "${name}" can't be listed, whose addresses the other clusters need: ${nodes.refusal}; ` +
            `allow it, or set gateway.addresses in Pulumi.${name}.yaml`
        );
    }
    const addresses = readyNodeAddresses(nodes, type);
    if (addresses.length > 0) return addresses;
    return (
        `no ready node of "${name}" has an address of type ${type}, so the other clusters could not reach its gateway; ` +
        `set gateway.nodeAddressType or gateway.addresses in Pulumi.${name}.yaml`
    );
}

/** Sentences about exports whose virtual addresses lie in ranges that the cluster says it uses. */
export function rangeProblems(
    exported: readonly { readonly virtualAddress: string }[],
    ranges: readonly string[],
): readonly string[] {
    return exported.flatMap(({ virtualAddress }, index) => {
        const problem = virtualAddressProblem(virtualAddress, ranges);
        return problem === undefined
            ? []
            : [`exports[${index}].virtualAddress ${problem}; pin another one here`];
    });
}

/**
 * Sentences about imports from clusters that the mesh does not have, and about stacks of the mesh that share a cluster.
 *
 * @param certified clusters that the certificate stack has an intermediate for
 */
export function membershipProblems(
    name: string,
    { cluster, imports, mesh }: ClusterStackSettings,
    certified: readonly string[],
): readonly string[] {
    const { caStack } = mesh;
    const declared = declaredClusters(fileSettings(caStack) ?? {});
    const clusters = [...new Set([...certified, ...declared])];
    const others = clusters.flatMap((stack): Place[] => {
        const access = declaredAccess(fileSettings(stack) ?? {});
        return access ? [{ stack, ...access, absolute: resolve(access.kubeconfig) }] : [];
    });
    const own = { stack: name, ...cluster, absolute: resolve(cluster.kubeconfig) };
    return [...foreignImports(imports, { caStack, clusters }), ...sharedClusters(own, others)];
}

/** What the cluster holds already that decides whether this stack can work there. */
export async function readHoldings(settings: ClusterStackSettings): Promise<ClusterFindings> {
    const { cluster } = settings;
    const { install, namespace, revision } = settings.istio;
    try {
        const [namespaces, istiods, existing] = await Promise.all([
            readNamespaces(cluster),
            readIstiods(cluster),
            install ? undefined : readExistingIstio(cluster, namespace, revision),
        ]);
        return clusterFindings(settings, { namespaces, istiods, existing }, stackOwner());
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        // Of a cluster that does not answer, what else is read of it says so.
        const problems = isUnreachable(error) ? [] : [`the cluster can't be looked at: ${error.detail}`];
        return {
            problems,
            warnings: [],
            deployments: [],
            makesSystemNamespace: true,
            ours: [],
            namespaces: [],
        };
    }
}

/** Seconds that the cluster may take to say what it has of DNS servers. */
const dnsPatienceSeconds = 20;

/** The cluster's DNS: the one that the settings name, or the one that the cluster turns out to have. */
export async function chooseDns(name: string, { cluster, dns }: ClusterStackSettings): Promise<DnsChoice> {
    const named = namedDns(dns);
    if (named !== undefined) return { dns: named };
    try {
        return detectDns(dns, await readDnsFacts(cluster, dnsPatienceSeconds));
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        // Of a cluster that does not answer, what else is read of it says so.
        if (isUnreachable(error)) return { dns: usualDns(dns) };
        return {
            problem:
                `the cluster DNS of "${name}" can't be looked at: ${error.detail}; set dns.adapter in ` +
                `Pulumi.${name}.yaml, which makes that needless, or allow it`,
        };
    }
}
