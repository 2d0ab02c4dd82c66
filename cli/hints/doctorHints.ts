import type { StepPart } from "../../lib/doctor/finding";
import { type CommandLine, kubectlCommand } from "../commandLine";
import { advise, type Hint } from "./hint";

/** What to do about a cause that `mesh verify` has found. */
export const doctorHints = {
    /** The next step of a finding, with its commands as they are typed. */
    step: (command: CommandLine, parts: readonly StepPart[]): Hint =>
        parts.map((part) => partHint(command, part)).reduce((all, each) => advise`${all}${each}`),
    /** Where no cause was found: the words of the layer that failed. */
    nothing: (layer: Hint): Hint =>
        advise`No cause was found in what could be looked at. By the layer that failed: ${layer}`,
};

function partHint(command: CommandLine, part: StepPart): Hint {
    if (typeof part === "string") return advise`${part}`;
    if ("up" in part) {
        const clusters = part.up.length === 0 ? undefined : part.up;
        return advise`${command.other("up", { refresh: true, clusters })}`;
    }
    return advise`${kubectlCommand(part.access, part.kubectl, part.writes ? "writes" : "reads")}`;
}
