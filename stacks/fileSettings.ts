import * as pulumi from "@pulumi/pulumi";
import { readTeamTexts } from "../files/teamTexts";
import * as files from "../files/stackSettings";
import type { TeamTexts } from "../lib/config/teamFiles";
import type { Declared } from "../lib/mesh/handover";

/**
 * The settings in a stack's file, over those of the project; undefined where the project folder has no such file, or the file
 * is not all that the stack goes by.
 */
export function fileSettings(stack: string): Declared | undefined {
    const found = files.stackSettings(process.cwd(), pulumi.getProject(), stack);
    return found === "elsewhere" ? undefined : found;
}

/** The teams' files of the project folder. */
export function teamTexts(): TeamTexts {
    return readTeamTexts(".");
}

/** The settings that the project gives to all its stacks. */
export function projectSettings(): Declared {
    return files.projectSettings(process.cwd(), pulumi.getProject());
}
