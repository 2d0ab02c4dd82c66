import type { CommandLine } from "../commandLine";
import { confirmEdit, diffOf, type FileEdit, writeEdit } from "../fileEdit";
import { fileHints } from "../hints/fileHints";
import { exitCode } from "../problem";
import { print } from "../print/output";
import type { PlannedExport } from "./export";
import { consentText, type PlannedImport } from "./import";

/** A change as a person reads it, and as a program does. */
export interface Shown {
    readonly text: string;
    readonly json: Readonly<Record<string, unknown>>;
}

/**
 * Shows a change, asks, and writes it.
 *
 * @param edit undefined where nothing is to be written
 */
export async function finishEdit(
    folder: string,
    command: CommandLine,
    edit: FileEdit | undefined,
    { text, json: report }: Shown,
    { json, yes }: { readonly json: boolean; readonly yes: boolean },
): Promise<void> {
    if (!json) await print(text);
    if (edit === undefined) process.exitCode = exitCode.failed;
    else if (!yes && !json) await confirmEdit(edit, command);
    const isWritten = edit !== undefined && (yes || !json);
    if (isWritten) writeEdit(folder, edit, command);
    if (json) await print(JSON.stringify({ written: isWritten, ...report }, null, 2));
    else if (isWritten) await print(`Written: ${edit.file}\nNext: ${fileHints.lookAtChange(command).text}`);
}

/** The text of `mesh export`. */
export function exportText({ cluster, host, entry, edit, notes }: PlannedExport): string {
    const what = `Service ${entry.namespace}/${entry.service} of ${cluster} as ${host}:`;
    return [what, "", diffOf(edit), "", ...notes.flatMap((note) => [note, ""])].join("\n");
}

export function exportReport({ cluster, host, entry, edit, notes }: PlannedExport): Shown["json"] {
    return { cluster, host, file: edit.file, entry, diff: diffOf(edit), notes };
}

/** The text of `mesh import`. */
export function importText({ cluster, host, edit, consent }: PlannedImport): string {
    const lacking = consent.flatMap((source) => [consentText(cluster, host, source), ""]);
    if (edit === undefined) return [...lacking, "Nothing was written."].join("\n");
    return [`${host} into ${cluster}:`, "", diffOf(edit), "", ...lacking].join("\n");
}

export function importReport({ cluster, host, entry, edit, consent }: PlannedImport): Shown["json"] {
    return {
        cluster,
        host,
        entry,
        ...(edit && { file: edit.file, diff: diffOf(edit) }),
        consent: consent.map(({ missing, ...source }) => ({ ...source, ...missing })),
    };
}
