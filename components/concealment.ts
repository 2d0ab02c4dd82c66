import * as pulumi from "@pulumi/pulumi";

/**
 * Makes a transform by which what a stack's settings hold encrypted stays secret in every resource: the engine hands such
 * settings to the program in the clear.
 *
 * @param secrets texts, in the clear
 */
export function concealment(
    secrets: readonly string[],
): (args: pulumi.ResourceTransformArgs) => pulumi.ResourceTransformResult | undefined {
    return function conceal({ props, opts }) {
        // What is given back as it came is still another one to the engine: a second transform then loses its provider.
        if (!mayHold(props, secrets)) return undefined;
        return { props: concealed(props, secrets) as pulumi.Inputs, opts };
    };
}

/** Whether one of the secrets stands in a value, or may: nobody can look into an output. */
function mayHold(value: unknown, secrets: readonly string[]): boolean {
    if (typeof value === "string") return secrets.some((secret) => value.includes(secret));
    if (typeof value !== "object" || value === null) return false;
    return pulumi.Output.isInstance(value) || Object.values(value).some((each) => mayHold(each, secrets));
}

/** A value in which every text that holds one of the secrets is a secret of Pulumi's. */
export function concealed(value: unknown, secrets: readonly string[]): unknown {
    if (secrets.length === 0) return value;
    if (pulumi.Output.isInstance(value)) return value.apply((known) => concealed(known, secrets));
    if (typeof value === "string")
        return secrets.some((secret) => value.includes(secret)) ? pulumi.secret(value) : value;
    if (Array.isArray(value)) return value.map((each) => concealed(each, secrets));
    // Resources and assets are no plain maps.
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
        return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, concealed(each, secrets)]));
}
