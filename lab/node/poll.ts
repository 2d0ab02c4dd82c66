import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks again and again until the answer is something other than undefined.
 *
 * @param seconds how long to go on
 * @param pauseMs how long to wait between two tries, milliseconds
 * @returns the answer, or undefined when there was none in time
 */
export async function poll<T>(
    seconds: number,
    pauseMs: number,
    ask: () => T | undefined | Promise<T | undefined>,
): Promise<T | undefined> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const last = Date.now() > end;
        const answer = await ask();
        if (answer !== undefined || last) {
            return answer;
        }
        await sleep(pauseMs);
    }
}
