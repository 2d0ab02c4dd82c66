/** How Pulumi writes a value that a preview does not know yet (sdk/nodejs/runtime/rpc.ts, unknownValue). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is known; in a preview it may be computed later. */
export function isKnown(value: unknown): boolean {
    return typeof value === "object" && value !== null
        ? Object.values(value).every(isKnown)
        : value !== unknownValue;
}
