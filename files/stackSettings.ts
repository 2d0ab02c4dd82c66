import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { parseStackFile } from "../lib/base/stackFileText";
import type { Declared } from "../lib/mesh/handover";
import { allSettingsOf, settingsOf } from "../lib/mesh/settings";

/**
 * The settings in a stack's file, over those of the project, without the project's prefix.
 *
 * @returns undefined where the project folder has no such file, and `elsewhere` where the file is not all that the stack goes by
 */
export function stackSettings(
    folder: string,
    project: string,
    stack: string,
): Declared | "elsewhere" | undefined {
    const content = textOf(folder, `Pulumi.${stack}.yaml`);
    if (content === undefined) return undefined;
    return settingsOf(content, textOf(folder, "Pulumi.yaml") ?? "", project) ?? "elsewhere";
}

/** The settings that stand in the files of a stack and its project, whatever else the stack goes by. */
export function writtenSettings(folder: string, project: string, stack: string): Declared {
    return allSettingsOf(
        textOf(folder, `Pulumi.${stack}.yaml`) ?? "",
        textOf(folder, "Pulumi.yaml") ?? "",
        project,
    );
}

/** The settings that the project gives to all its stacks. */
export function projectSettings(folder: string, project: string): Declared {
    return settingsOf("", textOf(folder, "Pulumi.yaml") ?? "", project) ?? {};
}

/** The name of the project in a folder; empty where none is there. */
export function projectIn(folder: string): string {
    const file = z
        .object({ name: z.string() })
        .safeParse(parseStackFile(textOf(folder, "Pulumi.yaml") ?? ""));
    return file.data?.name ?? "";
}

function textOf(folder: string, name: string): string | undefined {
    const file = path.join(folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
