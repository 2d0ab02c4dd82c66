import * as pulumi from "@pulumi/pulumi";
import { refusalMessage } from "../lib/base/problem";

/**
 * Waits for everything that is read before the first write.
 *
 * @throws pulumi.RunError with one message that lists what every part that failed has to say
 */
export async function allRead<T extends readonly unknown[]>(
    name: string,
    parts: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
    const reasons: unknown[] = [];
    for (const result of await Promise.allSettled(parts)) {
        if (result.status === "rejected") reasons.push(result.reason);
    }
    const [first] = reasons;
    if (reasons.length === 1 || !reasons.every((reason) => reason instanceof pulumi.RunError)) throw first;
    refuse(
        name,
        reasons.map((reason) => reason.message),
    );
    return await Promise.all(parts);
}

/**
 * Ends the run before the first write when anything was found that can't work.
 *
 * @param problems sentences, each with what to do
 * @throws pulumi.RunError with one message that lists them all
 */
export function refuse(name: string, problems: readonly string[]): void {
    if (problems.length > 0) throw refusal(name, problems);
}

/** The error that lists what stands against a stack. */
export function refusal(name: string, problems: readonly string[]): pulumi.RunError {
    return new pulumi.RunError(refusalMessage(name, problems));
}
