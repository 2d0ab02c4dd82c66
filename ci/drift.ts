import { isUnseen, type PreviewReport } from "../cli/commands/preview";
import { kindOf, type ObjectChange } from "../cli/engine/objectChange";
import { escaped } from "../cli/print/markdown";

/** By this the issue is found again. */
export const driftMark = "<!-- istio-multicluster: drift -->";

/** Title of the issue. */
export const driftTitle = "The mesh is not as its files say";

const mostObjects = 50;

/** What a look at the whole mesh found. */
export interface Drift {
    readonly state: "clean" | "drifted" | "could not look";
    /** Text of the issue. The same finding gives the same text. */
    readonly body: string;
}

/**
 * Sorts what would change by why it would: what a preview foresees without looking at the clusters' objects was merged and not
 * applied, or is due; what it foresees only after having read them was changed by hand.
 *
 * @param plain what `mesh preview` foresees
 * @param refreshed the same with `--refresh`
 */
export function driftOf(plain: readonly PreviewReport[], refreshed: readonly PreviewReport[]): Drift {
    const lines = (reports: readonly PreviewReport[]) =>
        reports.flatMap(({ stack, planned }) => planned.map((change) => lineOf(stack, change))).sort();
    const merged = lines(plain);
    const known = new Set(merged);
    const byHand = lines(refreshed).filter((line) => !known.has(line));
    const failed = refreshed
        .filter(isUnseen)
        .map(
            ({ stack, failure }) =>
                `- ${escaped(`${stack}: ${failure?.messages[0]?.split("\n")[0] ?? "stopped"}`)}`,
        );
    const waiting = refreshed.flatMap(({ stack, warnings }) =>
        warnings.map((text) => `- ${escaped(`${stack}: ${text.split("\n")[0] ?? ""}`)}`),
    );
    const body = [
        driftMark,
        ...part(
            "Changed by hand, and undone by `mesh up --refresh` or the workflow `up` with `refresh`:",
            byHand,
        ),
        ...part("Merged and not applied, or due by the clock or by nodes and gateways that moved:", merged),
        ...part("Could not look:", failed),
        ...part("Waiting, or warned of:", waiting),
    ].join("\n");
    const isDrifted = byHand.length + merged.length > 0;
    return { state: isDrifted ? "drifted" : failed.length > 0 ? "could not look" : "clean", body };
}

function part(title: string, lines: readonly string[]): readonly string[] {
    if (lines.length === 0) return [];
    const more = lines.length - mostObjects;
    return [
        "",
        `**${title}**`,
        "",
        ...lines.slice(0, mostObjects),
        ...(more > 0 ? [`- and ${more} more`] : []),
    ];
}

function lineOf(stack: string, { op, type, name, properties }: ObjectChange): string {
    const paths = properties.map(({ path }) => path).sort();
    return `- ${escaped(`${stack}: ${kindOf(type)} ${name}: ${op}${paths.length > 0 ? ` ${paths.join(", ")}` : ""}`)}`;
}
