/** How long a child may take to notice a Ctrl-C that the terminal has sent to it as well, in milliseconds. */
const noticeMs = 1000;

/** A run that can be stopped. */
interface Stoppable {
    /** True once the engine itself knows that it shall stop. */
    isStopping(): boolean;
    readonly controller: AbortController;
}

/**
 * Turns Ctrl-C into a polite end: every running engine is asked once to finish what it is doing and start nothing new.
 *
 * In a terminal Ctrl-C reaches the engines by itself, and a second request would make them drop their work at once and
 * lose track of resources. So each engine is asked only when it has not noticed by itself.
 */
export class Interrupt {
    private readonly runs = new Set<Stoppable>();
    private requested = false;

    /** @param say told once, in one sentence, when the first request arrives */
    constructor(private readonly say: (sentence: string) => void) {}

    /** True once a stop has been asked for: nothing new may begin. */
    get isRequested(): boolean {
        return this.requested;
    }

    /** Begins to listen for Ctrl-C and for a termination request. */
    listen(): void {
        const request = () => {
            this.request();
        };
        process.on("SIGINT", request);
        process.on("SIGTERM", request);
    }

    /** Asks every run to stop. A second call does nothing: the engines get a second Ctrl-C from the terminal. */
    request(): void {
        if (this.requested) return;
        this.requested = true;
        this.say("Stopping: what has begun may finish, nothing new begins. Ctrl-C again stops at once.");
        setTimeout(() => {
            for (const run of this.runs) if (!run.isStopping()) run.controller.abort();
        }, noticeMs);
    }

    /** Runs something that a stop request shall reach. */
    async during<T>(isStopping: () => boolean, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
        const run: Stoppable = { isStopping, controller: new AbortController() };
        this.runs.add(run);
        try {
            return await work(run.controller.signal);
        } finally {
            this.runs.delete(run);
        }
    }
}
