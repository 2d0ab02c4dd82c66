import { type IstiodFacts, revisionOf } from "./existing";
import type { NamespaceFacts } from "../base/ownership";
import { chosenRevision } from "./revisions";

/**
 * Finds namespaces whose sidecars belong to a control plane that an update would take away: their pods would keep running
 * with what they know, and new ones would get no sidecar, or not start at all.
 *
 * @param installed every istiod of the cluster
 * @param wanted revisions that the stack file names
 * @param own namespaces that the stack itself labels
 * @returns a sentence for each revision
 */
export function removedRevisionProblems(
    installed: readonly IstiodFacts[],
    namespaces: readonly NamespaceFacts[],
    wanted: readonly string[],
    own: readonly string[],
    systemNamespace: string,
): readonly string[] {
    return installed
        .filter(({ metadata }) => metadata.namespace === systemNamespace)
        .map(revisionOf)
        .filter((revision) => !wanted.includes(revision))
        .flatMap((revision) => {
            const users = namespaces
                .filter(({ metadata }) => !own.includes(metadata.name))
                .filter(({ metadata }) => chosenRevision(metadata.labels ?? {}) === revision)
                .map(({ metadata }) => metadata.name);
            if (users.length === 0) return [];
            return [
                `the update would take away the control plane of revision ${revision}, from which the pods of ` +
                    `${users.join(", ")} get their sidecars; label them for another revision and restart their pods, or keep ` +
                    `${revision} in istio.revisions`,
            ];
        });
}
