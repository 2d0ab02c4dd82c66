/** How often a running step says how far it is: on a terminal, and where every such text is a line of its own. */
const reportEveryMs = process.stdout.isTTY ? 1_000 : 60_000;

/** Tells how long steps take that are done one after another, and how long all of them still need. */
export class Progress {
    private readonly started = Date.now();

    /** @param expected Seconds that each step is expected to need on a machine of some speed. */
    constructor(private readonly expected: readonly number[]) {}

    /** Does one step, and reports while it runs. */
    async during(index: number, report: (text: string) => void, step: () => Promise<unknown>): Promise<void> {
        const started = Date.now();
        const timer = setInterval(() => {
            const now = Date.now();
            const left = secondsLeft(
                this.expected,
                index,
                (now - started) / 1000,
                (started - this.started) / 1000,
            );
            report(`${duration((now - started) / 1000)} so far, all done in about ${duration(left)}`);
        }, reportEveryMs);
        try {
            await step();
        } finally {
            clearInterval(timer);
        }
    }
}

/**
 * Estimate of the seconds until all steps are done. The speed is that of the steps done so far, as far as they say
 * anything about it: at least a minute's worth.
 *
 * @param expected Expected seconds of each step.
 * @param index The step that is running.
 * @param running Seconds that it has been running for.
 * @param before Seconds that the steps before it took.
 */
export function secondsLeft(
    expected: readonly number[],
    index: number,
    running: number,
    before: number,
): number {
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const done = sum(expected.slice(0, index));
    const pace = done >= 60 ? before / done : 1;
    const current = Math.max(0, (expected[index] ?? 0) * pace - running);
    return current + sum(expected.slice(index + 1)) * pace;
}

/** Seconds as `45s` or `7m 05s`. */
export function duration(seconds: number): string {
    const whole = Math.round(seconds);
    const minutes = Math.floor(whole / 60);
    return minutes === 0 ? `${whole}s` : `${minutes}m ${String(whole % 60).padStart(2, "0")}s`;
}
