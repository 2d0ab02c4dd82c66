import { explain, type Failure } from "./diagnosis";
import type { WaitWatch } from "./waitWatch";

/** The failure of a run that was ended because it waited for what will not come. */
export function hopelessFailure(
    stack: string,
    command: string,
    { hopeless, earlierErrors }: Pick<WaitWatch, "hopeless" | "earlierErrors">,
): Failure {
    const earlier = earlierErrors.length === 0 ? [] : explain(stack, command, earlierErrors, "").messages;
    const remedies = [...new Set(hopeless.map(({ remedy }) => remedy))];
    return {
        messages: [
            ...earlier,
            ...hopeless.map(({ sentence }) => sentence),
            "The run was ended, because this does not change by waiting.",
        ],
        nextStep: `${remedies.join(". ")}. Then run "npm run mesh -- ${command}" again: it goes on from where this run stopped.`,
    };
}

/** A failure with what the run was waiting for, which Pulumi does not always say. */
export function withWaits(failure: Failure, waits: readonly string[]): Failure {
    return { ...failure, messages: [...failure.messages, ...waits.map((wait) => `Waited for ${wait}`)] };
}
