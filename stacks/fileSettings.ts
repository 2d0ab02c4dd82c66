import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { readTeamTexts } from "../files/teamTexts";
import type { TeamTexts } from "../lib/config/teamFiles";
import type { Declared } from "../lib/mesh/handover";
import { settingsOf } from "../lib/mesh/settings";

/**
 * The settings in a stack's file, over those of the project; undefined where the project folder has no such file, or the file
 * is not all that the stack goes by.
 */
export function fileSettings(stack: string): Declared | undefined {
    const content = textOf(`Pulumi.${stack}.yaml`);
    return content === undefined
        ? undefined
        : settingsOf(content, textOf("Pulumi.yaml") ?? "", pulumi.getProject());
}

/** The teams' files of the project folder. */
export function teamTexts(): TeamTexts {
    return readTeamTexts(".");
}

/** The settings that the project gives to all its stacks. */
export function projectSettings(): Declared {
    return settingsOf("", textOf("Pulumi.yaml") ?? "", pulumi.getProject()) ?? {};
}

function textOf(file: string): string | undefined {
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
