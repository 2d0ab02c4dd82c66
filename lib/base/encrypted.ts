/** Whether a setting is one that Pulumi has encrypted: in a stack's file it stands as `secure:` and nothing beside it. */
export function isCiphertext(value: unknown): value is { readonly secure: unknown } {
    return (
        typeof value === "object" && value !== null && "secure" in value && Object.keys(value).length === 1
    );
}

/** Whether a value is, or holds anywhere, one that Pulumi has encrypted. */
export function isEncrypted(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    return isCiphertext(value) || Object.values(value).some(isEncrypted);
}
