import stringify from "fast-json-stable-stringify";
import { kindOf, nameBesideContent, type ObjectChange } from "../cli/engine/objectChange";
import { isRecord, type PropertyChange } from "../cli/engine/properties";

/** What is done with one object of a stack, so that it is the same after another pull request was merged in between. */
export interface Step {
    readonly stack: string;
    readonly op: string;
    readonly type: string;
    /** Without a hash of its content. */
    readonly name: string;
    /** What differs afterwards, in an order of its own. */
    readonly differences: readonly string[];
    /** Where it differs, for people. */
    readonly places: readonly string[];
}

/** The steps of one stack's preview. An object that is named by its content and another one of its kind make one step. */
export function stepsOf(stack: string, planned: readonly ObjectChange[]): readonly Step[] {
    const plain = planned.filter((change) => nameOf(change) === undefined && !isTriedAgain(change));
    const names = new Set(planned.flatMap((change) => nameOf(change) ?? []));
    return [
        ...plain.map((change) => {
            const { op, type, name, properties } = change;
            const all = op === "create" ? leaves(undefined, change.content, "") : properties;
            const places = properties.map(({ path }) => path);
            return { stack, op, type, name, differences: textsOf(type, all), places };
        }),
        ...[...names].flatMap((name) => {
            const changes = planned.filter((change) => nameOf(change) === name);
            return contentSteps(stack, name, changes);
        }),
    ];
}

/** Whether nothing differs: the engine only tries again what an earlier update began, and did not see the end of. */
function isTriedAgain({ op, properties }: ObjectChange): boolean {
    return op === "update" && properties.length === 0;
}

/** The name of one that comes or goes with its content, without that; undefined for any other. */
function nameOf(change: ObjectChange): string | undefined {
    return ["create", "delete"].includes(change.op) ? nameBesideContent(change) : undefined;
}

/** Where one comes for another, an update that ends half-way leaves it to delete the other: that is a step as well. */
function contentSteps(stack: string, name: string, changes: readonly ObjectChange[]): readonly Step[] {
    const contentOf = (wanted: string) => changes.find(({ op }) => op === wanted)?.content;
    const [before, after] = [contentOf("delete"), contentOf("create")];
    const { type = "" } = changes[0] ?? {};
    const gone = { stack, op: "delete", type, name, differences: [], places: [] };
    if (after === undefined) return [gone];
    const all = leaves(before, after, "");
    const places = all.filter((each) => differencesOf(type, each).length > 0).map(({ path }) => path);
    const come = { stack, type, name, differences: textsOf(type, all), places };
    return before === undefined ? [{ ...come, op: "create" }] : [{ ...come, op: "replace" }, gone];
}

/** Where two contents differ, as far down as there are names. */
function leaves(old: unknown, current: unknown, path: string): readonly PropertyChange[] {
    if (stringify(old) === stringify(current)) return [];
    if (!isRecord(current) || (old !== undefined && !isRecord(old))) return [{ path, old, new: current }];
    return [...new Set([...Object.keys(old ?? {}), ...Object.keys(current)])].flatMap((name) =>
        leaves(old?.[name], current[name], path === "" ? name : `${path}.${name}`),
    );
}

function textsOf(type: string, properties: readonly PropertyChange[]): readonly string[] {
    const all = properties.flatMap((each) => differencesOf(type, each));
    // An entry that another one has moved to the next place in its list neither comes nor goes.
    const [come, gone] = (["added", "removed"] as const).map(
        (key) => new Set(all.flatMap((each) => (key in each ? [entryText(each.place, each[key])] : []))),
    );
    const stay = (each: Difference) =>
        ("added" in each && gone?.has(entryText(each.place, each.added)) === true) ||
        ("removed" in each && come?.has(entryText(each.place, each.removed)) === true);
    return [...new Set(all.filter((each) => !stay(each)).map((each) => stringify(each)))].sort();
}

function entryText(place: string, entry: unknown): string {
    return stringify({ place, entry });
}

interface Difference {
    readonly place: string;
    readonly old?: unknown;
    readonly new?: unknown;
    readonly added?: unknown;
    readonly removed?: unknown;
}

/**
 * What a property's change comes to: of lists and of texts of several lines the entries that come and go, of names that end in a
 * hash of a content nothing.
 */
function differencesOf(type: string, { path, old, new: current }: PropertyChange): readonly Difference[] {
    const place = path.replace(/\[\d+\]/g, "[]");
    // No file says it: what other clusters' gateways are at is found out.
    if (kindOf(type) === "ServiceEntry" && whereGatewaysAre.test(place)) return [{ place: "spec.endpoints" }];
    const [before, after] = [entriesOf(old), entriesOf(current)];
    if (before !== undefined || after !== undefined || place.endsWith("[]")) {
        const [gone, come] = [before ?? valueIn(old), after ?? valueIn(current)];
        const list = place.replace(/(\[\])+$/, "");
        return [
            ...without(come, gone).map((added) => ({ place: list, added })),
            ...without(gone, come).map((removed) => ({ place: list, removed })),
        ];
    }
    if (contentName.test(place)) {
        const [from, to] = [old, current].map((each) => (typeof each === "string" ? unhashed(each) : each));
        return from === to ? [] : [{ place, old: from, new: to }];
    }
    return [{ place, old, new: current }];
}

const whereGatewaysAre = /^spec\.(endpoints\b|resolution$)/;

/** The entries of a list, or the lines of a text that has several. */
function entriesOf(value: unknown): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value as readonly unknown[];
    return typeof value === "string" && value.includes("\n")
        ? value.split("\n").map((line) => line.replace(serial, "$1"))
        : undefined;
}

/** The serial number of a zone, which comes from its other lines. */
const serial = /( IN SOA \S+ \S+) \d+(?= )/;

function valueIn(value: unknown): readonly unknown[] {
    return value === undefined ? [] : [value];
}

function without(some: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
    const known = new Set(others.map((each) => stringify(each)));
    return some.filter((each) => !known.has(stringify(each)));
}

/** Where an object's name stands that may be named by its content. */
const contentName = /\bconfigMap\.name$|^metadata\.name$/;

const hashEnding = /-[0-9a-f]{8,64}$/;

function unhashed(name: string): string {
    return name.replace(hashEnding, "");
}
