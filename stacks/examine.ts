import type { ClusterFacts } from "../kube/clusterFacts";
import { pathOf } from "../kube/kubeconfig";
import { readyNodeAddresses } from "../lib/base/addresses";
import { virtualAddressProblem } from "../lib/base/virtualAddress";
import { accessProblem, judgeNodePort } from "../lib/cluster/problems";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { revisionSettings } from "../lib/config/istio";
import { judgeVersions } from "../lib/istio/supportedVersions";
import { declaredAccess, declaredClusters } from "../lib/mesh/declarations";
import { foreignImports, type Place, sharedClusters, whereIs } from "../lib/mesh/membership";
import { inCommonWithOthers } from "../files/environments";
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
 * Names of the mesh's clusters: those that the certificate stack has an intermediate for, and those that its file names.
 *
 * @param certified the former
 */
export function meshClusters(caStack: string, certified: readonly string[]): readonly string[] {
    return [...new Set([...certified, ...declaredClusters(fileSettings(caStack) ?? {})])];
}

/**
 * Sentences about imports from clusters that the mesh does not have, and about stacks, of the mesh or of another environment, that
 * share a cluster with this one.
 *
 * @param clusters names of the mesh's clusters
 */
export function membershipProblems(
    name: string,
    { cluster, imports, mesh }: ClusterStackSettings,
    clusters: readonly string[],
): readonly string[] {
    const { caStack } = mesh;
    const others = clusters.flatMap((stack): Place[] => {
        const access = declaredAccess(fileSettings(stack) ?? {});
        const file = `Pulumi.${stack}.yaml`;
        return access ? [{ stack, file, ...access, where: whereIs(access.kubeconfig, pathOf) }] : [];
    });
    const own = {
        stack: name,
        file: `Pulumi.${name}.yaml`,
        ...cluster,
        where: whereIs(cluster.kubeconfig, pathOf),
    };
    return [
        ...foreignImports(imports, { caStack, clusters }),
        ...sharedClusters(own, others),
        ...inCommonWith(name),
    ];
}

/** Sentences about what a stack has in common with another environment's, by the files of all environments. */
export function inCommonWith(stack: string): readonly string[] {
    const { stacks, clusters } = inCommonWithOthers(process.cwd());
    return [...stacks, ...clusters].filter((each) => each.stack === stack).map(({ problem }) => problem);
}
