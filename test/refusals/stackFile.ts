import { cluster, httpbin, port, type Raw } from "../support/stackFile";

/** A stack file with one thing wrong: its settings, and the stack's name unless it is `cluster1`. */
export type StackFile = readonly [cause: string, message: string, settings: Raw, stack?: string];

export const unknownSetting = "is not a known setting; check the spelling against docs/configuration.md";
export const labelRule = "must be a DNS label: lower-case letters, digits and dashes, 63 characters at most";
export const keyRule =
    "is no key that Kubernetes takes: letters, digits, dashes, underscores and dots, 63 characters at most, that begin and " +
    "end with a letter or a digit; a DNS name and a slash may stand before them";

/** The settings of a cluster that exports httpbin with some changes, once for each. */
export function exporting(...changes: readonly Raw[]): Raw {
    return { cluster, exports: changes.map((change) => ({ ...httpbin, ...change })) };
}

/** The settings of a cluster that exports httpbin, whose port has some changes. */
export function withPort(changes: Raw): Raw {
    return exporting({ ports: [{ ...port, ...changes }] });
}
