import type { CommandLine } from "../../commandLine";
import type { Failure } from "../../engine/diagnosis";
import { noChanges } from "../../engine/events";
import type { Look, Place } from "../../engine/reach";
import type { RunResult } from "../../engine/stackRuns";
import { runHints } from "../../hints/runHints";

/** What a look at a cluster has shown that does not answer. */
export type NoAnswer = Exclude<Look, { state: "answers" }>;

/** The end of a destroy that was not begun, because its cluster does not answer. */
export function notBegun(stack: string, failure: Failure): RunResult {
    return {
        stack,
        changes: noChanges,
        planned: [],
        done: [],
        seconds: 0,
        failure,
        interrupted: false,
        notes: [],
        warnings: [],
    };
}

/**
 * Says that nothing of a cluster was deleted, and what to do.
 *
 * @param resources number of resources in its stack
 * @param place where its stack file says that it is
 */
export function unreachable(
    stack: string,
    resources: number,
    look: NoAnswer,
    command: CommandLine,
    place: Place | undefined,
): Failure {
    const left = `so nothing of it was deleted. ${resources} resources are left in stack "${stack}".`;
    if (look.state === "silent")
        return {
            messages: [`The cluster does not answer, ${left}`, look.detail],
            nextStep: runHints.silent(command, look),
        };
    return {
        messages: [`The cluster can't be looked at, ${left}`, look.detail],
        nextStep:
            look.state === "absent" || place === undefined
                ? runHints.absent(command, stack)
                : runHints.unclear(command, place),
    };
}
