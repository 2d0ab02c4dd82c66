import { isDeepStrictEqual } from "node:util";
import {
    Document,
    isMap,
    isScalar,
    isSeq,
    LineCounter,
    type Pair,
    parseDocument,
    type YAMLMap,
    type YAMLSeq,
} from "yaml";
import { parseStackFile } from "../base/stackFileText";

/** An entry of `exports` or `imports`. */
export type Entry = Readonly<Record<string, unknown>>;

/** That a file's text is written in a way that no entry can be put into by itself. */
export class NoPlace extends Error {}

/**
 * Puts an entry at the end of a list of a YAML file. Whatever else the file says stays byte for byte: comments, order, quotes,
 * and what is encrypted.
 *
 * @param path keys that lead to the list; those that are missing are made
 * @throws NoPlace
 */
export function withEntry(text: string, path: readonly string[], entry: Entry): string {
    const edited = edit(text, path, entry);
    // What a file means must be what it meant before, and the entry.
    if (!isDeepStrictEqual(contentOf(edited), expected(contentOf(text), path, entry))) throw new NoPlace();
    return edited;
}

/** The lines of an entry, as an item of a list at the margin. */
export function entryLines(entry: Entry): string {
    const document = new Document([entry]);
    const item = (document.contents as unknown as YAMLSeq<YAMLMap>).items[0];
    for (const { key, value } of (item?.items ?? []) as readonly Pair[]) {
        if (isMap(value)) value.flow = true;
        if (isSeq(value)) {
            if (String(key) !== "ports") value.flow = true;
            for (const inner of value.items) if (isMap(inner)) inner.flow = true;
        }
    }
    return document.toString({ lineWidth: 0 });
}

function contentOf(text: string): unknown {
    try {
        return parseStackFile(text) ?? {};
    } catch {
        throw new NoPlace();
    }
}

function expected(content: unknown, path: readonly string[], entry: Entry): unknown {
    const [key, ...rest] = path;
    if (key === undefined) return [...((content ?? []) as readonly unknown[]), entry];
    const map = (content ?? {}) as Readonly<Record<string, unknown>>;
    return { ...map, [key]: expected(map[key], rest, entry) };
}

function edit(text: string, path: readonly string[], entry: Entry): string {
    const document = parseDocument(text, { keepSourceTokens: true, lineCounter: new LineCounter() });
    if (document.errors.length > 0) throw new NoPlace();
    const root = document.contents;
    if (root === null || (isScalar(root) && root.value === null))
        return afterLine(text, text.length, block(0, path, entry));
    return inNode(text, root, path, entry);
}

function inNode(text: string, node: unknown, path: readonly string[], entry: Entry): string {
    const [key, ...rest] = path;
    if (key === undefined) return inList(text, node, entry);
    if (!isMap(node) || node.flow === true) throw new NoPlace();
    const pairs = node.items as readonly Pair[];
    const indent = columnOf(text, startOf(pairs[0]?.key));
    const pair = pairs.find((each) => isScalar(each.key) && each.key.value === key);
    if (pair === undefined) return afterLine(text, endOf(node), block(indent, path, entry));
    const { value } = pair;
    if (value === null || (isScalar(value) && value.value === null && value.source === ""))
        return afterLine(text, startOf(pair.key), block(indent + 2, rest, entry));
    if (isSeq(value) && value.flow === true && value.items.length === 0 && rest.length === 0) {
        const [from, to] = value.range ?? [0, 0];
        const emptied = `${text.slice(0, from).trimEnd()}${text.slice(to)}`;
        return afterLine(emptied, startOf(pair.key), block(indent + 2, rest, entry));
    }
    return inNode(text, value, rest, entry);
}

function inList(text: string, node: unknown, entry: Entry): string {
    if (!isSeq(node) || node.items.length === 0) throw new NoPlace();
    if (node.flow !== true) {
        const first = node.items[0] as { readonly range?: readonly number[] | null };
        const dash = text.lastIndexOf("-", (first.range?.[0] ?? 0) - 1);
        return afterLine(text, endOf(node), block(columnOf(text, dash), [], entry));
    }
    const last = node.items.at(-1) as { readonly range?: readonly number[] | null };
    const at = last.range?.[1] ?? 0;
    const document = new Document(entry);
    (document.contents as unknown as YAMLMap).flow = true;
    return `${text.slice(0, at)}, ${document.toString({ lineWidth: 0 }).trim()}${text.slice(at)}`;
}

/** The lines of an entry below keys that are still missing, each line at its place from the margin on. */
function block(indent: number, keys: readonly string[], entry: Entry): string {
    const above = keys.map((key, depth) => `${" ".repeat(indent + 2 * depth)}${key}:\n`);
    const margin = " ".repeat(indent + 2 * keys.length);
    return above.join("") + entryLines(entry).replace(/^(?=.)/gm, margin);
}

/** Puts lines behind the line that a place is in, or that ends there. */
function afterLine(text: string, at: number, lines: string): string {
    const newLine = text.includes("\r\n") ? "\r\n" : "\n";
    const added = lines.replaceAll("\n", newLine);
    const end = at > 0 && text[at - 1] === "\n" ? at - 1 : text.indexOf("\n", at);
    if (end === -1) return text === "" || text.endsWith("\n") ? text + added : text + newLine + added;
    return text.slice(0, end + 1) + added + text.slice(end + 1);
}

function columnOf(text: string, at: number): number {
    return at - (text.lastIndexOf("\n", at - 1) + 1);
}

function startOf(node: unknown): number {
    const { range } = node as { readonly range?: readonly number[] | null };
    if (!range) throw new NoPlace();
    return range[0] ?? 0;
}

/** Where the last value of a collection ends, without the comments and blank lines behind it. */
function endOf(node: unknown): number {
    if (isMap(node) || isSeq(node)) {
        if (node.flow === true) return node.range?.[1] ?? 0;
        const last = node.items.at(-1);
        if (last === undefined) throw new NoPlace();
        if (!isMap(node)) return endOf(last);
        const { key, value } = last as Pair;
        return value === null || (isScalar(value) && value.source === "") ? startOf(key) : endOf(value);
    }
    const { range } = node as { readonly range?: readonly number[] | null };
    if (!range) throw new NoPlace();
    return range[1] ?? 0;
}
