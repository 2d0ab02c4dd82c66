/** Whether a setting is one that Pulumi has encrypted: in a stack's file it stands as `secure:` and nothing beside it. */
export function isCiphertext(value: unknown): value is { readonly secure: unknown } {
    return (
        typeof value === "object" && value !== null && "secure" in value && Object.keys(value).length === 1
    );
}
