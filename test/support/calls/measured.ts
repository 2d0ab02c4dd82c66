import type { Call } from "./protocols";

/** A call that takes longer hangs, milliseconds. */
export const hangsMs = 3000;

/** What became of calls around a fault. */
export interface Measured {
    readonly calls: number;
    /** Seconds from the fault until all calls that begin within one second pass; undefined where that never was. */
    readonly passesAfter: number | undefined;
    readonly failed: number;
    /** Calls that took longer than {@link hangsMs}, the failed ones included. */
    readonly hung: number;
    /** Calls that began during the fault, after they passed again, and failed. */
    readonly failedLater: number;
    /** Calls that began after the fault was mended, and failed. */
    readonly failedAfter: number;
    /** Seconds from mending until the preferred server answers again; undefined where it did not. */
    readonly backAfter: number | undefined;
}

/**
 * Counts calls around a fault.
 *
 * @param faulty when the fault began and when it was mended, milliseconds since 1970
 * @param preferred name of the server that answers without a fault
 */
export function measure(
    calls: readonly Call[],
    { from, to }: { readonly from: number; readonly to: number },
    preferred: string,
): Measured {
    const during = calls.filter(({ at }) => at >= from && at < to);
    const after = calls.filter(({ at }) => at >= to);
    const failed = (some: readonly Call[]) => some.filter(({ error }) => error !== undefined);
    const passes = passesFrom(during, from, to);
    const back = after.filter(({ by }) => by === preferred).map(({ at }) => at);
    return {
        calls: during.length + after.length,
        passesAfter: passes === undefined ? undefined : (passes - from) / 1000,
        failed: failed(during).length,
        hung: during.filter(({ ms }) => ms > hangsMs).length,
        failedLater: failed(during.filter(({ at }) => passes !== undefined && at >= passes)).length,
        failedAfter: failed(after).length,
        backAfter: back.length === 0 ? undefined : (Math.min(...back) - to) / 1000,
    };
}

/** When the first second begins all of whose calls pass without hanging. */
function passesFrom(calls: readonly Call[], from: number, to: number): number | undefined {
    for (let start = from; start + 1000 <= to; start += 100) {
        const some = calls.filter(({ at }) => at >= start && at < start + 1000);
        if (some.length > 0 && some.every(({ error, ms }) => error === undefined && ms <= hangsMs))
            return start;
    }
    return undefined;
}
