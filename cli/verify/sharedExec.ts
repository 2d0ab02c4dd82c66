import type { Exec } from "./check";

/**
 * Runs a command that several checks want of one container once for all of them: what a sidecar knows, and whether a gateway
 * can be reached, is the same for every host.
 *
 * @param freshMs for how long a result counts after its command has ended; no longer than the pause between two tries
 */
export function sharedExec(exec: Exec, freshMs: number): Exec {
    const results = new Map<string, Promise<string>>();
    return (container, command) => {
        const key = JSON.stringify([container, command]);
        const known = results.get(key);
        if (known !== undefined) return known;
        const result = exec(container, command);
        results.set(key, result);
        const forget = () => {
            setTimeout(() => results.delete(key), freshMs).unref();
        };
        result.then(forget, forget);
        return result;
    };
}
