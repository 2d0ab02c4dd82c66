import { type Access, kubectlText } from "./shownCommands";

/**
 * Annotation of what a stack has made in a cluster, with the stack's full name, ORGANIZATION/PROJECT/STACK, as its value.
 * An object without it is somebody else's.
 */
export const ownerAnnotation = "istio-multicluster/owner";

/** Whether an object is a stack's own. */
export function isOwn(
    { metadata }: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } },
    owner: string,
): boolean {
    return metadata.annotations?.[ownerAnnotation] === owner;
}

/**
 * Whether an owner is a stack or has the same project and name in another organization, which is how the same stack is
 * called in another backend.
 */
export function isNamesake(owner: string, other: string): boolean {
    const name = withoutOrganization(owner);
    return owner === other || (name !== "" && name === withoutOrganization(other));
}

function withoutOrganization(owner: string): string {
    return owner.split("/").slice(1).join("/");
}

/** An object of a cluster, as far as it tells whose it is. */
export interface OwnedFacts {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly annotations?: Readonly<Record<string, string>>;
        /** Who has written which of its fields, as the API server records it. */
        readonly managedFields?: readonly { readonly manager?: string; readonly subresource?: string }[];
    };
}

/** How the names begin under which Pulumi's Kubernetes provider writes. */
const providerName = /^pulumi-(resource-)?kubernetes/;

/**
 * Whether an object can't be a stack's own: another stack has marked it, or nobody has and Pulumi never wrote to it. An
 * object that Pulumi has written and nobody marked may be one of a run that was killed before it could write it down.
 *
 * What the stack's state knows is its own whatever this says: a backup that was played back has other writers.
 */
export function isSomebodyElses({ metadata }: OwnedFacts, owner: string): boolean {
    const marked = metadata.annotations?.[ownerAnnotation];
    if (marked !== undefined) return !isNamesake(marked, owner);
    return !writersOf({ metadata }).some((writer) => providerName.test(writer));
}

/** Who has written an object, without those who only report its state, each once. */
export function writersOf({ metadata }: Pick<OwnedFacts, "metadata">): readonly string[] {
    const writers = (metadata.managedFields ?? []).filter(({ subresource = "" }) => subresource === "");
    return [...new Set(writers.flatMap(({ manager }) => manager ?? []))];
}

/** A namespace as it is in the cluster. */
export interface NamespaceFacts {
    readonly metadata: {
        readonly name: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly deletionTimestamp?: string;
    };
}

/** A namespace that a stack makes. */
export interface OwnNamespace {
    readonly name: string;
    /** What to do when somebody else has one of that name, as a clause such as `set egress.namespace to another name`. */
    readonly otherwise: string;
}

/**
 * Finds the namespaces that a stack would make, and a destroy delete, though somebody else has made them.
 *
 * @param access the cluster, for the commands that are shown
 * @returns a sentence for each
 */
export function namespaceProblems(
    existing: readonly NamespaceFacts[],
    wanted: readonly OwnNamespace[],
    owner: string,
    access: Access,
): readonly string[] {
    return wanted.flatMap(({ name, otherwise }) => {
        const found = existing.find(({ metadata }) => metadata.name === name);
        if (found === undefined) return [];
        const { annotations = {}, deletionTimestamp } = found.metadata;
        const other = annotations[ownerAnnotation];
        if (deletionTimestamp !== undefined) {
            return [
                `the namespace ${name} is being deleted since ${deletionTimestamp}; wait until it is gone. What it waits ` +
                    `for is in its status: ${kubectlText(access, `get namespace ${name} -o yaml`)}`,
            ];
        }
        if (other === owner) return [];
        return [
            other === undefined
                ? `the namespace ${name} exists and was not made by this stack, so that a destroy would delete what is not ` +
                  `ours; ${otherwise}. If it is this stack's own all the same, from an earlier version: ` +
                  kubectlText(access, `annotate namespace ${name} ${ownerAnnotation}=${owner}`)
                : `the namespace ${name} belongs to the stack ${other}, not to ${owner}; ${otherwise}`,
        ];
    });
}
