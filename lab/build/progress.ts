/** How often a running step says how far it is: on a terminal, and where every such text is a line of its own. */
const reportEveryMs = process.stdout.isTTY ? 1_000 : 60_000;

/** One step of several, some of which are done side by side. */
export interface StepProgress {
    /** Seconds that it is expected to need alone on a machine of some speed. */
    readonly expected: number;
    /** Seconds that it has been running for; undefined before its start. */
    readonly ranFor?: number | undefined;
    readonly isDone: boolean;
}

/** Tells how long steps take, and how long all of them still need. */
export class Progress {
    private readonly started = Date.now();
    private readonly steps: readonly { readonly expected: number; started?: number; isDone: boolean }[];

    /** @param expected Seconds that each step is expected to need alone on a machine of some speed. */
    constructor(expected: readonly number[]) {
        this.steps = expected.map((seconds) => ({ expected: seconds, isDone: false }));
    }

    /** Does one step, and reports while it runs. */
    async during(index: number, report: (text: string) => void, step: () => Promise<unknown>): Promise<void> {
        const own = this.steps[index];
        const started = Date.now();
        if (own) own.started = started;
        const timer = setInterval(() => {
            report(
                `${duration((Date.now() - started) / 1000)} so far, all done in about ${duration(this.left())}`,
            );
        }, reportEveryMs);
        try {
            await step();
        } finally {
            clearInterval(timer);
            if (own) own.isDone = true;
        }
    }

    private left(): number {
        const now = Date.now();
        const steps = this.steps.map(({ expected, started, isDone }) => ({
            expected,
            ranFor: started && (now - started) / 1000,
            isDone,
        }));
        return secondsLeft(steps, (now - this.started) / 1000);
    }
}

/**
 * Estimate of the seconds until all steps are done, of which those that run share the machine. Its speed is that of the steps
 * done so far, as far as they say anything about it: at least a minute's worth.
 *
 * @param elapsed Seconds since the first step's start.
 */
export function secondsLeft(steps: readonly StepProgress[], elapsed: number): number {
    const running = steps.filter(({ ranFor, isDone }) => ranFor !== undefined && !isDone);
    const waiting = steps.filter(({ ranFor, isDone }) => ranFor === undefined && !isDone);
    const share = ({ ranFor = 0 }: StepProgress) => ranFor / running.length;
    const pace = paceOf(
        sum(steps.filter(({ isDone }) => isDone).map(({ expected }) => expected)),
        running.map((step) => ({ expected: step.expected, spent: share(step) })),
        elapsed,
    );
    return (
        sum(running.map((step) => Math.max(0, step.expected * pace - share(step)))) +
        sum(waiting.map(({ expected }) => expected * pace))
    );
}

/** Seconds that a second of expected work takes. What running steps have done of theirs depends on it in turn. */
function paceOf(
    done: number,
    running: readonly { readonly expected: number; readonly spent: number }[],
    elapsed: number,
): number {
    if (done < 60) return 1;
    let pace = 1;
    for (let round = 0; round < 10; round += 1) {
        const begun = running.map(({ expected, spent }) => Math.min(expected, spent / pace));
        pace = elapsed / (done + sum(begun));
    }
    return pace;
}

function sum(values: readonly number[]): number {
    return values.reduce((total, value) => total + value, 0);
}

/** Seconds as `45s` or `7m 05s`. */
export function duration(seconds: number): string {
    const whole = Math.round(seconds);
    const minutes = Math.floor(whole / 60);
    return minutes === 0 ? `${whole}s` : `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
}
