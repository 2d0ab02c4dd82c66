import CliTable from "cli-table3";

/** What was timed: in turns with a peer that does the same, where there is one. Seconds, one a round. */
export interface Figure {
    /** Short name. */
    readonly row: string;
    readonly what: string;
    readonly seconds: readonly number[];
    readonly peer?: { readonly what: string; readonly seconds: readonly number[] };
    /** What it is to reach: a ratio of the medians where there is a peer that it is held against, seconds otherwise. */
    readonly goal?: { readonly ratio: number } | { readonly seconds: number };
}

/** Seconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
    const began = Date.now();
    await work();
    return (Date.now() - began) / 1000;
}

export function median(values: readonly number[]): number {
    const sorted = [...values].sort((one, other) => one - other);
    const middle = Math.floor(sorted.length / 2);
    const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
    return (low + high) / 2;
}

/** Median, and least and most where there are several. */
function spread(values: readonly number[]): string {
    const text = median(values).toFixed(1);
    return values.length < 2
        ? text
        : `${text} (${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)})`;
}

/** A table for people. */
export function figuresTable(figures: readonly Figure[]): string {
    const table = new CliTable({
        head: ["row", "what", "seconds", "beside it", "seconds", "ratio", "goal"],
        style: { head: [], border: [] },
    });
    for (const { row, what, seconds, peer, goal } of figures) {
        const ratio = peer && median(seconds) / median(peer.seconds);
        const aim = goal === undefined ? "" : "ratio" in goal ? `${goal.ratio} x` : `${goal.seconds} s`;
        table.push([
            ...[row, what, spread(seconds), peer?.what ?? "", peer ? spread(peer.seconds) : ""],
            ...[ratio?.toFixed(2) ?? "", aim],
        ]);
    }
    return table.toString();
}
