import type { Strangeness } from "../certificates/otherState";

/** What a cluster has of a stack whose state does not know it. */
export interface StateFindings {
    /** The cluster's stack. */
    readonly stack: string;
    /** The certificate stack. */
    readonly caStack: string;
    /** How the cluster's certificates are none of the certificate stack's, where they are. */
    readonly certificates?: { readonly strangeness: Strangeness; readonly clause: string } | undefined;
    /** Objects of this stack in the cluster, such as `the Namespace istio-system`, where the stack's own state is empty. */
    readonly unknown?: readonly string[];
}

/** Objects that are named; a message is no place for a hundred. */
const namedObjects = 6;

/**
 * Says that a cluster's stack has another state than the one that its cluster was made with, and how to go on.
 *
 * @param backend where the state is, as {@link plainBackend} writes it
 */
export function clusterStateProblem(
    { stack, caStack, certificates, unknown = [] }: StateFindings,
    backend: string,
): string {
    const isLost = certificates?.strangeness === "nothing known";
    const findings = [
        ...(certificates
            ? [`the Secret cacerts of "${stack}" is this stack's own, but ${certificates.clause}`]
            : []),
        ...(unknown.length > 0
            ? [`the state of "${stack}" is empty, but the cluster has of this stack ${listed(unknown)}`]
            : []),
    ];
    const stacks = [...(certificates ? [caStack] : []), ...(unknown.length > 0 ? [stack] : [])];
    const replace = `istio.replaceCaCerts in Pulumi.${stack}.yaml`;
    return stateProblem(findings, backend, [
        backup(stacks),
        ...(unknown.length > 0
            ? [
                  `to go on from what is there, if the state of "${stack}" is lost: set cluster.adopt to true in ` +
                      `Pulumi.${stack}.yaml for one update, which takes the objects over as they are`,
              ]
            : []),
        ...(isLost
            ? [`${rootIsLost(caStack)}, then ${replace} to true for one update`]
            : certificates
              ? [
                    `to put the certificates of this state in their place: set ${replace} to true for one update. ` +
                        (certificates.strangeness === "other root"
                            ? "That is a change of the root, and calls between old and new certificates fail"
                            : "The root stays the same"),
                ]
              : []),
    ]);
}

/** A cluster of the certificate stack with certificates that its state has not handed out. */
export interface StrangeCluster {
    readonly cluster: string;
    readonly clause: string;
}

/**
 * Says that the certificate stack has another state than the one that its clusters have their certificates from.
 *
 * @param hasState whether the state has certificates, if other ones
 * @param hasRoot whether the settings give the root, so that it can't be lost with a state
 */
export function caStateProblem(
    caStack: string,
    strange: readonly StrangeCluster[],
    { hasState, hasRoot }: { readonly hasState: boolean; readonly hasRoot: boolean },
    backend: string,
): string {
    const names = strange.map(({ cluster }) => cluster);
    const findings = strange.map(
        ({ cluster, clause }) =>
            `the cluster of "${cluster}" has certificates of this mesh (its Secret cacerts), but ${clause}`,
    );
    const files = names.map((name) => `Pulumi.${name}.yaml`).join(", ");
    const makeAnew = `set ca.makeAnew to true in Pulumi.${caStack}.yaml for one update`;
    const onward = hasState
        ? `to go on with this state all the same: ${makeAnew}. Where a cluster then refuses its certificates, see what it says`
        : hasRoot
          ? `to go on without it: ${makeAnew}. The root that the settings give stays the same`
          : `${rootIsLost(caStack)} for one update, and istio.replaceCaCerts to true in ${files}`;
    return stateProblem(findings, backend, [backup([caStack]), onward]);
}

function stateProblem(findings: readonly string[], backend: string, ways: readonly string[]): string {
    return [
        `this state is not the one that the mesh was made with: ${findings.join("; ")}. The backend in use is ${backend}. ` +
            `Ways to go on:`,
        ...[
            "the right backend: backend.url in Pulumi.yaml, pulumi login URL, or the variable PULUMI_BACKEND_URL",
            ...ways,
        ].map((way) => `    * ${way}.`),
    ].join("\n");
}

function backup(stacks: readonly string[]): string {
    const commands = stacks.map((name) => `pulumi stack import --stack ${name} --file FILE`);
    return `a backup of the right state: ${commands.join(", ")}`;
}

function rootIsLost(caStack: string): string {
    return (
        `if the state of "${caStack}" is lost, the key of the root is lost with it: to change to a new root without a failed ` +
        `call, give the certificates that the clusters have to ca.root in Pulumi.${caStack}.yaml, as docs/operations.md says ` +
        `under "Another state than the mesh's"; or, to have calls fail until all clusters are updated and their pods ` +
        `restarted, set ca.makeAnew to true there`
    );
}

function listed(objects: readonly string[]): string {
    const named = objects.slice(0, namedObjects).join(", ");
    return objects.length > namedObjects ? `${named} and ${objects.length - namedObjects} more` : named;
}

/** A backend's URL without what may be secret in it: a user with a password, and the query. */
export function plainBackend(url: string): string {
    return url.replace(/^([a-z0-9+.-]+:\/\/)[^/@]*@/i, "$1").replace(/\?.*$/, "");
}
