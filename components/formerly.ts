import * as pulumi from "@pulumi/pulumi";

/**
 * Lets a component and its children be found in a state under the name that the component had before.
 *
 * Pulumi derives the children's former names by itself from an alias of the component, but only in the update in which it
 * takes the component over. If that one is stopped in between, the next would make the other children anew, and then delete
 * them by their names.
 */
export function formerly(name: string, former: string): pulumi.ComponentResourceOptions {
    const renamed = (each: string) =>
        each === name || each.startsWith(`${name}-`) ? [{ name: former + each.slice(name.length) }] : [];
    const transformation: pulumi.ResourceTransformation = ({ name: own, props, opts }) => {
        const aliases = opts.aliases ?? [];
        const more = [own, ...aliases.flatMap(nameOf)].flatMap(renamed);
        return more.length === 0 ? undefined : { props, opts: { ...opts, aliases: [...aliases, ...more] } };
    };
    return { transformations: [transformation] };
}

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

function nameOf(alias: pulumi.Input<pulumi.URN | pulumi.Alias>): readonly string[] {
    return typeof alias === "object" && "name" in alias && typeof alias.name === "string" ? [alias.name] : [];
}
