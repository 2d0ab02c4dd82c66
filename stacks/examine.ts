import type { ClusterFacts } from "../kube/clusterFacts";
import { pathOf } from "../kube/kubeconfig";
import { readyNodeAddresses } from "../lib/base/addresses";
import type { KubeconfigSource } from "../lib/base/kubeconfigSource";
import { virtualAddressProblem } from "../lib/base/virtualAddress";
import { accessProblem, judgeNodePort } from "../lib/cluster/problems";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { revisionSettings } from "../lib/config/istio";
import { judgeVersions } from "../lib/istio/supportedVersions";
import { declaredAccess, declaredClusters } from "../lib/mesh/declarations";
import { foreignImports, type Place, sharedClusters } from "../lib/mesh/membership";
import { fileSettings } from "./fileSettings";

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
        return access ? [{ stack, ...access, where: whereIs(access.kubeconfig) }] : [];
    });
    const own = { stack: name, ...cluster, where: whereIs(cluster.kubeconfig) };
    return [...foreignImports(imports, { caStack, clusters }), ...sharedClusters(own, others)];
}

/** A text that is the same for the same kubeconfig. What another stack holds encrypted is not known here. */
function whereIs(source: KubeconfigSource | undefined): string | undefined {
    if (source === undefined) return "";
    if (typeof source === "string") return pathOf(source);
    return "content" in source ? undefined : JSON.stringify([source.stack, source.output]);
}
