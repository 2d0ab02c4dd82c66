import { setTimeout as pause } from "node:timers/promises";

/**
 * What comes of many promises, in parts: all that has come since the part before, at the latest after a while, and at once
 * where nothing more is to come. While a part is worked on, the next one gathers.
 *
 * @param everyMs how long a part gathers, milliseconds
 * @throws what the first promise that fails is rejected with, after which there are no more parts
 */
export async function* inParts<T>(
    coming: readonly Promise<T>[],
    everyMs: number,
): AsyncGenerator<readonly T[]> {
    let part: T[] = [];
    const gather = async (each: Promise<T>) => {
        const value = await each;
        part.push(value);
    };
    const all = Promise.all(coming.map(gather)).then(() => true);
    // Whoever works on a part does not wait for it just now.
    all.catch(() => undefined);
    let isOver = false;
    while (!isOver) {
        // The clock alone must not hold a process that has nothing else to do.
        isOver = await Promise.race([all, pause(everyMs, false, { ref: false })]);
        const gathered = part;
        part = [];
        if (gathered.length > 0) yield gathered;
    }
}
