import type { Cause } from "./causes";

/** What a look has shown of a cause. */
export interface Sighting {
    readonly cause: Cause;
    /** When it was first seen without a break, in seconds. */
    readonly since: number;
    /** How often the cluster had tried by then. */
    readonly firstTries: number | undefined;
}

/** Remembers for how long each object has been seen waiting for the same cause. */
export class Sightings {
    private readonly seen = new Map<string, Sighting>();

    /**
     * Takes what a look has shown of an object.
     *
     * @param id the object
     * @param cause undefined when nothing is in its way
     * @param now in seconds
     * @param lastMove when a step of the run last ended, in seconds. What is missing may be what the run makes next, so until
     *   then it has not been missed at all.
     * @returns whether it is another cause than the look before has shown
     */
    note(id: string, cause: Cause | undefined, now: number, lastMove = 0): boolean {
        const before = this.seen.get(id);
        if (cause === undefined) {
            this.seen.delete(id);
            return false;
        }
        const isSame = before?.cause.kind === cause.kind;
        const mayCome = cause.kind === "config" && before !== undefined && before.since < lastMove;
        const goesOn = isSame && !mayCome;
        this.seen.set(id, goesOn ? { ...before, cause } : { cause, since: now, firstTries: cause.tries });
        return !isSame;
    }

    /** The cause that was last seen of an object. */
    of(id: string): Cause | undefined {
        return this.seen.get(id)?.cause;
    }

    /** Whether what an object waits for will not come by waiting. */
    isHopeless(id: string, now: number): boolean {
        const seen = this.seen.get(id);
        if (seen?.cause.patienceSeconds === undefined) return false;
        const { cause, since, firstTries } = seen;
        const isTriedSince = cause.tries === undefined || cause.tries !== firstTries;
        return isTriedSince && now - since >= (cause.patienceSeconds ?? Infinity);
    }
}
