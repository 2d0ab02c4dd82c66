/** What `pulumi stack history --json` says of a run of a stack, as far as it is used. */
export interface PastRun {
    readonly kind: string;
    readonly result: string;
    readonly endTime?: string;
    /** What Pulumi knows of the checkout that it was run in, such as `git.head`. */
    readonly environment?: Readonly<Record<string, string>>;
}

/** Arguments of the command that says how a stack's last runs ended, the newest first. */
export function historyCommand(stack: string, runs: number): readonly string[] {
    return ["stack", "history", "--stack", stack, "--page-size", String(runs), "--json"];
}

/**
 * How much later than the end of its run a state may have been written, milliseconds: the end is kept in whole seconds, and
 * the last writing comes after it. A run writes its state for the first time after more than that.
 */
const writingMs = 2000;

const cutShort = "a run of it was cut short or is under way, or its state was edited";

/**
 * Says that a stack's last run did not come to a good end, or undefined where it did.
 *
 * Of what such a run had begun, the state may tell nothing: the Kubernetes provider, when it is stopped while it waits for
 * an object that it has changed, gives back an error without the change, so that the state keeps what was before. A killed
 * run leaves no history on a file or a bucket, but a state that is younger than the last run of which there is one.
 *
 * @param writtenAt when the state was written, if that is known
 */
export function badEnd([last]: readonly PastRun[], writtenAt: string | undefined): string | undefined {
    if (last === undefined) return writtenAt === undefined ? undefined : cutShort;
    if (last.result === "in-progress") return cutShort;
    if (last.result !== "succeeded") return `its last ${last.kind} failed or was stopped`;
    if (writtenAt === undefined || last.endTime === undefined) return undefined;
    return Date.parse(writtenAt) - Date.parse(last.endTime) > writingMs ? cutShort : undefined;
}

/** The last update of a stack that came to a good end. */
export interface LastUp {
    /** When it ended, RFC 3339. */
    readonly at: string;
    /** The commit that was checked out, and its author, where Pulumi could tell. */
    readonly commit?: string;
    readonly author?: string;
    /** True where its files were not all as in that commit. */
    readonly isDirty?: true;
}

/** Finds the last update that came to a good end, among a stack's last runs, the newest first. */
export function lastUp(runs: readonly PastRun[]): LastUp | undefined {
    const run = runs.find(({ kind, result }) => kind === "update" && result === "succeeded");
    if (run?.endTime === undefined) return undefined;
    const { "git.head": commit, "git.author": author, "git.dirty": dirty } = run.environment ?? {};
    return {
        at: run.endTime,
        ...(commit && { commit }),
        ...(author && { author }),
        ...(dirty === "true" && { isDirty: true }),
    };
}
