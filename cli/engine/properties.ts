import { isDeepStrictEqual } from "node:util";
import type { StepEventMetadata } from "@pulumi/pulumi/automation";

/** What a step's event says of the properties that differ. */
export type StepDifference = Pick<
    StepEventMetadata,
    "op" | "type" | "keys" | "diffs" | "detailedDiff" | "old" | "new"
>;

/** A property that an update or a replacement changes. */
export interface PropertyChange {
    /** Where it is, in Pulumi's way of writing: `metadata.labels.app` or `spec.ports[0].number`. */
    readonly path: string;
    /** Its value before; absent where it had none. A secret is `[secret]`: the engine masks it. */
    readonly old?: unknown;
    /** Its value after, with {@link unknownValue} for what only `up` finds out; absent where it has none. */
    readonly new?: unknown;
}

/** What stands for a value that is not known before `up`. */
export const unknownValue = "[known during up]";

/** What the engine writes in the place of a secret text. */
const secretValue = "[secret]";

/** The entry by which the engine marks a secret that is more than a text. */
const secretMark = "4dabf18193072939515e22adb298388d";

/** How the engine writes such a value in its events. */
const unknownInEvents = /^04da6b54-80e4-46f7-96ec-b56ff0331ba9$/;

/**
 * The properties that an update or a replacement changes, each as exactly as it is known.
 *
 * A provider names the exact places, the top-level properties, or, where something is only taken away, at times neither:
 * then the inputs of before and after are compared.
 */
export function changedProperties(step: StepDifference): readonly PropertyChange[] {
    if (step.op === "create" || step.op === "delete") return [];
    const sides = { old: known(step.old?.inputs), new: known(step.new?.inputs) };
    const all = differences(sides, "");
    const named = namedPaths(step);
    const found = named.length === 0 ? all : named.flatMap((path) => at(path, all, sides));
    if (found.length > 0) return sorted(found.map((change) => withoutSecrets(change, step.type, sides)));
    return (step.keys ?? []).map((path) => ({ path }));
}

/** What a resource that comes or goes holds, as its program says it: without secrets and Pulumi's own entries. */
export function contentOf(step: Pick<StepDifference, "old" | "new">): unknown {
    return withoutOwnEntries(known((step.new ?? step.old)?.inputs));
}

/** Whether all that would change are values that may come out as they were. */
export function mayBeEqual(op: string, properties: readonly PropertyChange[]): boolean {
    return op === "update" && properties.length > 0 && properties.every((each) => hasUnknown(each.new));
}

function namedPaths({ detailedDiff, diffs }: StepDifference): readonly string[] {
    const exact = Object.keys(detailedDiff ?? {});
    return exact.length > 0 ? exact : (diffs ?? []);
}

/** The differences at a path that the provider names, or below it; the path alone where the inputs don't show them. */
function at(path: string, all: readonly PropertyChange[], sides: Sides): readonly PropertyChange[] {
    const below = all.filter((each) => isWithin(each.path, path));
    if (below.length > 0) return below;
    // The provider also compares with what stands in the cluster, which may differ where the inputs don't.
    const value = valueAt(sides.new, path);
    return [isTold(value) ? { path, new: value } : { path }];
}

/** Whether a value says anything: two secrets look the same. */
function isTold(value: unknown): boolean {
    return value !== undefined && value !== secretValue;
}

/**
 * What is inside a secret is told by the secret's name alone: before `up` nobody knows which part of it will differ. Of a
 * Secret of Kubernetes, `stringData` is a way of writing its `data`.
 */
function withoutSecrets(change: PropertyChange, type: string, { old, new: current }: Sides): PropertyChange {
    const [top = ""] = /^\w+/.exec(change.path) ?? [];
    const isSecret = [old, current].some((side) => isRecord(side) && side[top] === secretValue);
    if (!isSecret) return change;
    return { path: type === "kubernetes:core/v1:Secret" && top === "stringData" ? "data" : top };
}

/** Whether one path is another or leads further down from it. */
function isWithin(path: string, other: string): boolean {
    return path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

interface Sides {
    readonly old: unknown;
    readonly new: unknown;
}

/** Where two values differ, as far down as both have a name or a place for it; Pulumi's own entries are left out. */
function differences({ old, new: current }: Sides, path: string): PropertyChange[] {
    if (isDeepStrictEqual(old, current)) return [];
    const steps = isRecord(old) && isRecord(current) ? namesOf(old, current) : placesOf(old, current);
    if (steps === undefined)
        return path === ""
            ? []
            : [
                  {
                      path,
                      ...(old !== undefined && { old }),
                      ...(current !== undefined && { new: current }),
                  },
              ];
    return steps.flatMap((step) =>
        differences({ old: child(old, step), new: child(current, step) }, pathTo(path, step)),
    );
}

function namesOf(old: object, current: object): readonly string[] {
    const names = new Set([...Object.keys(old), ...Object.keys(current)]);
    return [...names].filter((name) => !name.startsWith("__"));
}

/** The places of two lists of one length. Lists of two lengths are told whole: which entry went is not known. */
function placesOf(old: unknown, current: unknown): readonly number[] | undefined {
    if (!Array.isArray(old) || !Array.isArray(current) || old.length !== current.length) return undefined;
    return old.map((_, index) => index);
}

function child(value: unknown, step: string | number): unknown {
    return (value as Readonly<Record<string | number, unknown>>)[step];
}

function pathTo(path: string, step: string | number): string {
    if (typeof step === "number") return `${path}[${step}]`;
    if (!/^\w+$/.test(step)) return `${path}["${step}"]`;
    return path === "" ? step : `${path}.${step}`;
}

function valueAt(value: unknown, path: string): unknown {
    const steps = [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
    return steps.reduce<unknown>((reached, [, quoted, index, name]) => {
        if (typeof reached !== "object" || reached === null) return undefined;
        return child(reached, quoted ?? (index === undefined ? name : Number(index)) ?? "");
    }, value);
}

/** A value with {@link unknownValue} and {@link secretValue} in the place of the engine's own words for them. */
function known(value: unknown): unknown {
    if (typeof value === "string") return unknownInEvents.test(value) ? unknownValue : value;
    if (Array.isArray(value)) return value.map(known);
    if (!isRecord(value)) return value;
    if (secretMark in value) return secretValue;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, known(each)]));
}

function withoutOwnEntries(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutOwnEntries);
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).filter(([name]) => !name.startsWith("__"));
    return Object.fromEntries(entries.map(([name, each]) => [name, withoutOwnEntries(each)]));
}

function hasUnknown(value: unknown): boolean {
    if (value === unknownValue) return true;
    return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

function sorted(changes: readonly PropertyChange[]): readonly PropertyChange[] {
    const each = new Map(changes.map((change) => [change.path, change]));
    return [...each.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Whether a value of a resource is a map. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
