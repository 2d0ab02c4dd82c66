/** One entry of a JSON object, and where it stands in the text. */
export interface JsonEntry {
    readonly key: string;
    readonly value: unknown;
    /** Position of the key's opening quote. */
    readonly start: number;
    /** Position after the value. */
    readonly end: number;
}

/**
 * The entries of a JSON object, in order, duplicates included.
 *
 * @returns undefined when the text is not a JSON object
 */
export function jsonEntries(text: string): readonly JsonEntry[] | undefined {
    const whole = parsed(text);
    if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return undefined;
    // The text is sound from here on, so brackets and commas outside of strings are all that is looked at.
    const spans: { start: number; end: number }[] = [];
    let depth = 0;
    let start: number | undefined;
    let end = 0;
    for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\],"]+/g)) {
        const closes = token === "}" || token === "]";
        if (closes) depth--;
        if (depth === 1 && token === ",") {
            if (start !== undefined) spans.push({ start, end });
            start = undefined;
        } else if (depth >= 1) {
            start ??= index;
            end = index + token.length;
        }
        if (token === "{" || token === "[") depth++;
    }
    if (start !== undefined) spans.push({ start, end });
    return spans.map((span) => {
        const [[key, value] = ["", undefined]] = Object.entries(
            JSON.parse(`{${text.slice(span.start, span.end)}}`) as Record<string, unknown>,
        );
        return { key, value, ...span };
    });
}

/** Puts an entry before all others. Every other byte stays. */
export function insertJsonEntry(text: string, entry: string): string {
    const brace = text.indexOf("{") + 1;
    const comma = (jsonEntries(text) ?? []).length > 0 ? "," : "";
    return text.slice(0, brace) + entry + comma + text.slice(brace);
}

/** Takes an entry out, with the comma after it, or before it where it is the last. Every other byte stays. */
export function removeJsonEntry(text: string, { start, end }: JsonEntry): string {
    const after = /^\s*,/.exec(text.slice(end));
    if (after !== null) return text.slice(0, start) + text.slice(end + after[0].length);
    return text.slice(0, start).replace(/,\s*$/, "") + text.slice(end);
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
