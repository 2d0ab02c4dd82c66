import * as pulumi from "@pulumi/pulumi";

/**
 * Makes a transform by which what a stack's settings hold encrypted stays secret in every resource: the engine hands such
 * settings to the program in the clear.
 *
 * @param secrets texts, in the clear
 */
export function concealment(
    secrets: readonly string[],
): (args: pulumi.ResourceTransformArgs) => pulumi.ResourceTransformResult {
    return function conceal({ props, opts }) {
        return { props: concealed(props, secrets) as pulumi.Inputs, opts };
    };
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
