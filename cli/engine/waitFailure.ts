import type { CommandLine } from "../commandLine";
import { runHints } from "../hints/runHints";
import { errorTexts, type Failure } from "./diagnosis";
import type { WaitWatch } from "./waitWatch";

/** The failure of a run that was ended because it waited for what will not come. */
export function hopelessFailure(
    stack: string,
    command: CommandLine,
    { hopeless, earlierErrors }: Pick<WaitWatch, "hopeless" | "earlierErrors">,
): Failure {
    const remedies = [...new Set(hopeless.map(({ remedy }) => remedy))];
    return {
        messages: [
            ...errorTexts(earlierErrors, stack),
            ...hopeless.map(({ sentence }) => sentence),
            "The run was ended, because this does not change by waiting.",
        ],
        nextStep: runHints.hopeless(command, remedies),
    };
}

/** A failure with what the run was waiting for, which Pulumi does not always say. */
export function withWaits(failure: Failure, waits: readonly string[]): Failure {
    return { ...failure, messages: [...failure.messages, ...waits.map((wait) => `Waited for ${wait}`)] };
}
