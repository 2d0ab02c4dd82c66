import type { CommandLine } from "../../commandLine";
import type { Failure } from "../../engine/diagnosis";
import { runHints } from "../../hints/runHints";
import { table } from "../../print/tables";
import { exitCode } from "../../problem";
import { failureText, noteLines } from "../up";

/** What became of one stack. */
export interface DestroyReport {
    readonly stack: string;
    readonly deleted: number;
    readonly seconds: number;
    /** Resources left in its state; undefined when the stack itself is gone or never was. */
    readonly remaining?: number;
    readonly state: "empty" | "removed" | "absent" | "left" | "kept" | "abandoned";
    readonly failure?: Failure;
    readonly interrupted: boolean;
    /** Sentences about repairs that were made on the way. */
    readonly notes: readonly string[];
}

/** Exit code of `mesh destroy`. */
export function destroyExitCode(reports: readonly DestroyReport[]): number {
    if (reports.some(({ interrupted }) => interrupted)) return exitCode.interrupted;
    return reports.some(({ failure, state }) => failure !== undefined || state === "left")
        ? exitCode.failed
        : exitCode.ok;
}

/** The text that `mesh destroy` ends with: what was deleted, what remains, and what to do. */
export function destroyText(reports: readonly DestroyReport[], command: CommandLine): string {
    const rows = reports.map((report) => [
        report.stack,
        String(report.deleted),
        remainsText(report),
        report.seconds.toFixed(1),
    ]);
    const parts = [table(["stack", "deleted", "remains", "seconds"], rows)];
    const notes = noteLines(reports);
    if (notes.length > 0) parts.push(notes.join("\n"));
    for (const { stack, failure } of reports)
        if (failure !== undefined) parts.push(failureText(stack, failure));
    if (reports.some(({ interrupted }) => interrupted)) parts.push(runHints.stopped(command).text);
    return parts.join("\n\n");
}

function remainsText({ remaining = 0, state }: DestroyReport): string {
    switch (state) {
        case "empty":
            return "nothing; the empty stack stays (--remove forgets it)";
        case "removed":
            return "nothing; its config file stays";
        case "absent":
            return "nothing; there is no such stack";
        case "abandoned":
            return `${remaining} resources, forgotten with the stack; in the cluster, should it ever answer again`;
        case "left":
        case "kept":
            return `${remaining} resources`;
    }
}
