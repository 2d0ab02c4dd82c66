import { kubeconfigText } from "../base/kubeconfigSource";
import type { Access } from "../base/shownCommands";
import type { ClusterIdentity } from "../mesh/contract";

/** What is to be said of the cluster that a context leads to. */
export interface IdentityFindings {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

const nothing: IdentityFindings = { problems: [], warnings: [] };

/**
 * Judges whether a context leads to the cluster that its stack was made on.
 *
 * @param recorded what the last update wrote down; undefined where none did
 * @param now undefined where the uid can't be read
 * @param wanted uid that the stack's settings name, if they name one
 */
export function judgeIdentity(
    { stack, context, kubeconfig }: Access & { readonly stack: string },
    recorded: ClusterIdentity | undefined,
    now: ClusterIdentity | undefined,
    wanted: string | undefined,
): IdentityFindings {
    if (now === undefined) return nothing;
    const leads = `the context "${context}" of ${kubeconfigText(kubeconfig)} leads to`;
    if (wanted !== undefined && wanted !== now.uid)
        return problem(
            `${leads} the cluster with the uid ${now.uid} (${now.server}), but cluster.uid in Pulumi.${stack}.yaml names ` +
                `the one with ${wanted}; correct one of the two`,
        );
    if (recorded === undefined || recorded.uid === now.uid) return nothing;
    const isRebuilt = recorded.server === now.server && recorded.ca === now.ca;
    if (isRebuilt || wanted === now.uid)
        return {
            problems: [],
            warnings: [
                `The cluster of "${stack}" is another one than at the last update: its uid was ${recorded.uid} and is ` +
                    `${now.uid}. What the mesh had there is made anew.`,
            ],
        };
    return problem(
        `${leads} another cluster than the one that "${stack}" was made on: that was ${recorded.server} with the uid ` +
            `${recorded.uid}, and this is ${now.server} with the uid ${now.uid}. Ways to go on:\n` +
            `    * the right context: correct cluster.context or cluster.kubeconfig in Pulumi.${stack}.yaml, or the ` +
            `kubeconfig itself.\n` +
            `    * if the cluster was rebuilt or moved and the old one is gone: set cluster.uid to ${now.uid} in ` +
            `Pulumi.${stack}.yaml. The mesh is then made anew on this one, and what the old one has stays there.`,
    );
}

function problem(text: string): IdentityFindings {
    return { problems: [text], warnings: [] };
}
