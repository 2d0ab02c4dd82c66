import * as pulumi from "@pulumi/pulumi";

/**
 * The names by which earlier versions know a child of a component that is gone. A state's names hold the types of the
 * parents and not their names, so any component of that type will do.
 *
 * @param type type token of the former parent, such as `istio-multicluster:index:ImportedService`
 * @param names the child's names below it
 */
export function formerChild(type: string, ...names: readonly string[]): pulumi.Alias[] {
    const parent = pulumi.createUrn("any", type);
    return names.map((name) => ({ name, parent }));
}
