import pc from "picocolors";

/** A place that is written to, as far as it matters for colours. */
interface Place {
    readonly isTTY?: boolean;
}

/**
 * Whether a place understands more than plain text: a terminal that is not a dumb one, of a user who has not turned colours
 * off. Everything else, a file or the log of a CI above all, would show escape codes as signs.
 */
export function isFancy(place: Place, env: NodeJS.ProcessEnv = process.env): boolean {
    return place.isTTY === true && env["TERM"] !== "dumb" && (env["NO_COLOR"] ?? "") === "";
}

/** Colours for standard output. */
export const colours = pc.createColors(isFancy(process.stdout));

/** Colours for standard error. */
export const errorColours = pc.createColors(isFancy(process.stderr));
