import type { ObjectChange } from "../engine/objectChange";
import type { PropertyChange } from "../engine/properties";
import { table } from "./tables";

/** Most properties that a table names. */
const mostNamed = 4;

/** Most characters of a value in a table. */
const mostOfValue = 48;

/** How much of what two long values share stands before the place where they part. */
const shared = 12;

/** A table of objects, and of what changes in each. */
export function changesTable(changes: readonly ObjectChange[]): string {
    const rows = changes.map(({ op, type, name, properties, mayStay }) => [
        mayStay ? `may ${op}` : op,
        type,
        name,
        propertiesText(properties),
    ]);
    return table(["change", "type", "name", "properties"], rows);
}

/** Properties for a table, a line each: the first few, and how many more there are. */
export function propertiesText(properties: readonly PropertyChange[]): string {
    const more = properties.length - mostNamed;
    if (more <= 1) return properties.map(propertyText).join("\n");
    return [...properties.slice(0, mostNamed).map(propertyText), `and ${more} more`].join("\n");
}

/** `spec.ports[0].number: 80 → 8080`, or the path alone where its values are not known. */
function propertyText({ path, old, new: current }: PropertyChange): string {
    if (old === undefined && current === undefined) return path;
    const [before, after] = [valueText(old), valueText(current)];
    const start = Math.max(0, commonLength(before, after) - shared);
    return `${path}: ${excerpt(before, start)} → ${excerpt(after, start)}`;
}

function valueText(value: unknown): string {
    if (value === undefined) return "none";
    return typeof value === "string" ? value : JSON.stringify(value);
}

function commonLength(one: string, other: string): number {
    let length = 0;
    while (length < one.length && one[length] === other[length]) length++;
    return length;
}

/** A value on one line; of a long one the part where it differs. */
function excerpt(text: string, start: number): string {
    const from = text.length > mostOfValue ? Math.min(start, text.length - mostOfValue) : 0;
    const part = text.slice(from, from + mostOfValue);
    const line = part.replaceAll("\n", "⏎");
    return `${from > 0 ? "…" : ""}${line}${from + mostOfValue < text.length ? "…" : ""}`;
}
