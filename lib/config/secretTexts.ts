import { isCiphertext } from "../base/encrypted";

/**
 * The texts that a stack's settings hold encrypted, in the clear.
 *
 * @param declared the settings as the stack's file has them, with `secure:` in the place of each such text
 * @param known the same settings as the engine hands them over
 */
export function secretTexts(declared: unknown, known: unknown): readonly string[] {
    if (typeof declared !== "object" || declared === null) return [];
    if (isCiphertext(declared)) return textsIn(known);
    const children = typeof known === "object" && known !== null ? known : {};
    return Object.entries(declared).flatMap(([name, each]) =>
        secretTexts(each, (children as Readonly<Record<string, unknown>>)[name]),
    );
}

/** All texts of a value. An empty one is in every other, and tells nothing. */
export function textsIn(value: unknown): readonly string[] {
    if (typeof value === "string") return value === "" ? [] : [value];
    if (typeof value === "number") return [String(value)];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
