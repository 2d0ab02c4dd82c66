import { isOwn, type NamespaceFacts } from "../base/ownership";
import { type Access, kubectlText } from "../base/shownCommands";
import { similarTo } from "../base/similar";
import type { ClusterStackSettings } from "../config/clusterStack";

/** A namespace that settings name and that the stack does not make, with the places where they do. */
interface Named {
    readonly name: string;
    readonly paths: readonly string[];
}

/**
 * Finds the namespaces that exports name and that won't be there when their objects are written.
 *
 * @param made names of the namespaces that the stack makes
 * @returns a sentence for each
 */
export function exportNamespaceProblems(
    { cluster, exports }: ClusterStackSettings,
    existing: readonly NamespaceFacts[],
    made: readonly string[],
    owner: string,
): readonly string[] {
    return named(exports.map(({ namespace }, index) => [namespace, `exports[${index}].namespace`]))
        .filter(({ name }) => !made.includes(name))
        .flatMap(({ name, paths }) => {
            const problem = absence(name, existing, owner, cluster);
            return problem === undefined ? [] : [`${paths.join(" and ")} is ${name}, which ${problem}`];
        });
}

/** Why a namespace won't be there, as a clause with what to do. */
function absence(
    name: string,
    existing: readonly NamespaceFacts[],
    owner: string,
    access: Access,
): string | undefined {
    const found = existing.find(({ metadata }) => metadata.name === name);
    if (found === undefined) {
        return (
            `the cluster does not have${nearMisses(name, existing)}; correct it, or make the namespace before: ` +
            kubectlText(access, `create namespace ${name}`)
        );
    }
    const { deletionTimestamp } = found.metadata;
    if (deletionTimestamp !== undefined) {
        return `is being deleted since ${deletionTimestamp}; wait until it is gone and make it again, or remove the export`;
    }
    // A namespace that this stack has made, and no longer wants, goes with the update.
    if (isOwn(found, owner)) {
        return (
            `this stack has made for a sample or for its egress gateway, and now deletes; leave that in, or remove the ` +
            `export too`
        );
    }
    return undefined;
}

function nearMisses(name: string, existing: readonly NamespaceFacts[]): string {
    const near = similarTo(
        name,
        existing.map(({ metadata }) => metadata.name),
    );
    return near.length === 0 ? "" : ` (it has ${near.slice(0, 3).join(", ")})`;
}

/**
 * Says which callers of this very cluster an export lets in that can't be there, since their namespace isn't.
 *
 * @param cluster name of the cluster
 * @returns a sentence for each
 */
export function callerNamespaceWarnings(
    cluster: string,
    { exports }: ClusterStackSettings,
    existing: readonly NamespaceFacts[],
    made: readonly string[],
): readonly string[] {
    const names = [...made, ...existing.map(({ metadata }) => metadata.name)];
    const callers = exports.flatMap(({ allowedFrom = [] }, index) =>
        allowedFrom.flatMap((caller, position) => {
            const path = `exports[${index}].allowedFrom[${position}].namespace`;
            const { namespace } = caller;
            return namespace === undefined ? [] : [{ cluster: caller.cluster, namespace, path }];
        }),
    );
    return callers
        .filter((caller) => caller.cluster === cluster && !names.includes(caller.namespace))
        .map(
            ({ path, namespace }) =>
                `${path} is ${namespace}, which ${cluster} does not have${nearMisses(namespace, existing)}: nobody is let in by it.`,
        );
}

/**
 * Says which namespaces an import is limited to that are not there, so that nobody calls it from them.
 *
 * @param cluster name of the cluster
 * @returns a sentence for each
 */
export function importNamespaceWarnings(
    cluster: string,
    { imports }: ClusterStackSettings,
    existing: readonly NamespaceFacts[],
    made: readonly string[],
): readonly string[] {
    const names = [...made, ...existing.map(({ metadata }) => metadata.name)];
    return imports.flatMap(({ namespaces = [] }, index) =>
        namespaces
            .filter((namespace) => !names.includes(namespace))
            .map(
                (namespace) =>
                    `imports[${index}].namespaces name ${namespace}, which ${cluster} does not have` +
                    `${nearMisses(namespace, existing)}: nobody calls it from there.`,
            ),
    );
}

/** Each namespace once, with every place that names it. */
function named(places: readonly (readonly [name: string, path: string])[]): readonly Named[] {
    const names = [...new Set(places.map(([name]) => name))];
    return names.map((name) => ({
        name,
        paths: places.filter(([other]) => other === name).map(([, path]) => path),
    }));
}
