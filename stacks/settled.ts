import * as pulumi from "@pulumi/pulumi";

/** The value of an output once the engine has it. */
export function settled<T>(value: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve) => {
        pulumi.output(value).apply((known) => {
            resolve(known);
        });
    });
}
