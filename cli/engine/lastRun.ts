import { pulumiCli } from "./pulumiCli";

/** What `pulumi stack history --json` says of a run, as far as it is used. */
interface PastRun {
    readonly kind: string;
    readonly result: string;
    readonly endTime?: string;
}

/**
 * How much later than the end of its run a state may have been written, milliseconds: the end is kept in whole seconds, and
 * the last writing comes after it. A run writes its state for the first time after more than that.
 */
const writingMs = 2000;

/**
 * Says that a stack's last run did not come to a good end, or undefined where it did.
 *
 * Of what such a run had begun, the state may tell nothing: the Kubernetes provider, when it is stopped while it waits for
 * an object that it has changed, gives back an error without the change, so that the state keeps what was before. A killed
 * run leaves no history at all, but a state that is younger than the last run of which there is one. Both are so with any
 * backend.
 *
 * @param writtenAt when the state was written, as the backend lists it
 */
export async function badEnd(
    folder: string,
    stack: string,
    writtenAt: string | undefined,
): Promise<string | undefined> {
    const args = ["stack", "history", "--stack", stack, "--page-size", "1", "--json"];
    const { ok, stdout } = await pulumiCli(folder, args);
    // A backend that can't be read stops the run itself, which says why.
    return ok ? badEndOf(JSON.parse(stdout) as readonly PastRun[], writtenAt) : undefined;
}

/** As {@link badEnd}, of the history's newest run. */
export function badEndOf([last]: readonly PastRun[], writtenAt: string | undefined): string | undefined {
    if (last === undefined) return writtenAt === undefined ? undefined : "its only run was cut short";
    if (last.result === "in-progress") return `its last ${last.kind} was cut short, or is still under way`;
    if (last.result !== "succeeded") return `its last ${last.kind} failed or was stopped`;
    if (writtenAt === undefined || last.endTime === undefined) return undefined;
    return Date.parse(writtenAt) - Date.parse(last.endTime) > writingMs
        ? "its last run was cut short"
        : undefined;
}
