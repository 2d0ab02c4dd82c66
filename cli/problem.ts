import type { Hint } from "./hints/hint";

/** Something the user has to know or do. Its message is a sentence; it is printed without a stack trace. */
export class Problem extends Error {
    /**
     * @param message what is wrong, with the values in question
     * @param nextStep what to do about it, if that is known: a hint from one of the tables in cli/hints
     */
    constructor(
        message: string,
        readonly nextStep?: Hint,
    ) {
        super(message);
        this.name = "Problem";
    }
}

/** Exit codes of the `mesh` command. */
export const exitCode = {
    /** Everything asked for is done. */
    ok: 0,
    /** A stack failed, a check failed, or the request made no sense. */
    failed: 1,
    /** Nothing failed, but something is left to wait for, or there was nothing to check. */
    incomplete: 2,
    /** Stopped: 128 plus the number of the signal, as shells have it. First by SIGHUP, when the terminal is closed. */
    hungUp: 129,
    /** Stopped by Ctrl-C. */
    interrupted: 130,
    /** Stopped, because its output was closed or can't be written to: as by SIGPIPE. */
    unread: 141,
    /** Stopped by SIGTERM. */
    terminated: 143,
} as const;
