/** A lock that another Pulumi process holds on a stack in a file or bucket backend. */
export interface Lock {
    readonly user: string;
    readonly host: string;
    readonly pid: number;
    /** When it was taken, as Pulumi prints it. */
    readonly since: string;
}

/** Reads the locks out of Pulumi's message "the stack is currently locked by N lock(s)". */
export function parseLocks(message: string): readonly Lock[] {
    return [...message.matchAll(/created by (\S*)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
        ([, user = "", host = "", pid = "", since = ""]) => ({ user, host, pid: Number(pid), since }),
    );
}

/**
 * Whether Pulumi stumbled over a lock that went between its look at a stack's locks and its reading of them: the run that held it
 * has ended at that moment, and nothing was begun.
 */
export function isLockGone(message: string): boolean {
    return /^\s*\d+\) NotFound$|\(code=NotFound\)/m.test(message);
}

/**
 * True when every lock was left behind by a process of this machine that no longer runs, so that the stack can be unlocked
 * without asking. A lock of another machine may be in use: nobody here can tell.
 *
 * @param alive tells whether a process of this machine, by its id, is a running Pulumi
 */
export function areStale(locks: readonly Lock[], thisHost: string, alive: (pid: number) => boolean): boolean {
    return locks.length > 0 && locks.every(({ host, pid }) => host === thisHost && !alive(pid));
}

/**
 * One sentence about a lock that must be respected.
 *
 * @param alive tells whether a process of this machine, by its id, is a running Pulumi
 */
export function lockSentence(
    stack: string,
    { user, host, pid, since }: Lock,
    thisHost: string,
    alive: (pid: number) => boolean,
): string {
    const run = `Stack "${stack}" is locked by another run: process ${pid} of ${user} on ${host}, since ${since}.`;
    if (host !== thisHost) return `${run} Whether it still runs can't be seen from this machine.`;
    return alive(pid) ? `${run} It is running.` : `${run} It has ended.`;
}
