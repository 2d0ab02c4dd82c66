import type * as pulumi from "@pulumi/pulumi";

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

function nameOf(alias: pulumi.Input<pulumi.URN | pulumi.Alias>): readonly string[] {
    return typeof alias === "object" && "name" in alias && typeof alias.name === "string" ? [alias.name] : [];
}
