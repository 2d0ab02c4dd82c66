/** Typing errors that still count as meaning the same word. */
const mostEdits = 2;

/** Names that somebody may have meant who wrote another one, the nearest first. */
export function similarTo(name: string, names: readonly string[]): readonly string[] {
    return names
        .map((other) => ({ other, edits: editsBetween(name, other) }))
        .filter(({ other, edits }) => edits > 0 && edits <= mostEdits && edits <= other.length / 2)
        .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
        .map(({ other }) => other);
}

/**
 * A clause with the names that somebody may have meant, or nothing.
 *
 * @example didYouMean("exprots", ["exports"]) === " (did you mean exports?)"
 */
export function didYouMean(name: string, names: readonly string[]): string {
    const near = similarTo(name, names).slice(0, 3);
    return near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`;
}

/** How many letters have to be put in, taken out or changed to make one word the other (Levenshtein). */
function editsBetween(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, column) => column);
    Array.from(a).forEach((letter, index) => {
        const above = row;
        row = [index + 1];
        Array.from(b).forEach((other, column) => {
            const changed = (above[column] ?? 0) + (letter === other ? 0 : 1);
            row.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (row[column] ?? 0) + 1));
        });
    });
    return row[b.length] ?? 0;
}
