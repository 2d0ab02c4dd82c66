import type { ExportedState } from "./holdings";

/** A resource as a state has it, as far as it is looked at. */
interface Unfinished {
    readonly urn: string;
    readonly type: string;
    readonly custom?: boolean;
    readonly inputs?: Readonly<Record<string, unknown>>;
}

/** A state that knows what an earlier run was making when it was killed. */
export interface TakenOver<T extends ExportedState> {
    readonly state: T;
    /** The URNs of what it now knows. */
    readonly urns: readonly string[];
}

/**
 * Pulumi writes down that it begins to make a resource, and what it has made when that is done. An engine that is killed in
 * between leaves something in the cluster of which its state knows no more than the beginning: an update that still wants it makes
 * it again, but nothing ever deletes it. Here it becomes a resource of the state, under the id that it has if it is there, and can
 * be deleted like any other; what is not there is deleted without a word.
 *
 * @returns undefined where there is nothing of that kind
 */
export function withUnfinished<T extends ExportedState>(state: T): TakenOver<T> | undefined {
    const { resources = [], pending_operations: pending = [] } = state.deployment;
    const known = new Set(resources.map(({ urn }) => urn));
    const taken = pending.flatMap((operation) => {
        const { type, resource } = operation as { readonly type?: string; readonly resource?: Unfinished };
        if (type !== "creating" || resource?.custom !== true || known.has(resource.urn)) return [];
        const made = asMade(resource);
        return made === undefined ? [] : [{ operation, made }];
    });
    if (taken.length === 0) return undefined;
    const deployment = {
        ...state.deployment,
        resources: [...resources, ...taken.map(({ made }) => made)],
        pending_operations: pending.filter(
            (operation) => !taken.some((each) => each.operation === operation),
        ),
    };
    return { state: { ...state, deployment }, urns: taken.map(({ made }) => made.urn) };
}

/** A resource as it is once it is made; undefined where it has nothing outside the state, or nobody knows its id. */
function asMade(resource: Unfinished) {
    const id = idOf(resource);
    return id === undefined
        ? undefined
        : { ...resource, id, outputs: { ...resource.inputs, ...outputsOf(resource) } };
}

const dynamicType = "pulumi-nodejs:dynamic/istio-multicluster:";

function idOf({ type, inputs = {} }: Unfinished): string | undefined {
    if (type === `${dynamicType}IstioDefinitions`) return "Istio's resource definitions";
    if (type === `${dynamicType}StubDomains`) return nameIn(inputs["configMap"]);
    return type.startsWith("kubernetes:") ? nameIn(inputs["metadata"]) : undefined;
}

/** What only a finished creation of a resource would have told. */
function outputsOf({ type }: Unfinished): Readonly<Record<string, unknown>> {
    return type === `${dynamicType}IstioDefinitions` ? { written: {}, marks: [], left: [] } : {};
}

/** `NAMESPACE/NAME`, or the name alone. */
function nameIn(named: unknown): string | undefined {
    const { name, namespace } = (named ?? {}) as { readonly name?: unknown; readonly namespace?: unknown };
    if (typeof name !== "string") return undefined;
    return typeof namespace === "string" ? `${namespace}/${name}` : name;
}
