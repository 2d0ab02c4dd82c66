import type { dynamic } from "@pulumi/pulumi";

/** What Pulumi's host of dynamic providers adds to the properties of a resource: the text that it loads the provider by. */
interface Loaded {
    readonly __provider?: unknown;
}

/** A provider that also updates a resource whose state loads it from another folder than its program does. */
export function asMoved<In extends object, Out extends object>(
    provider: dynamic.ResourceProvider<In, Out>,
): dynamic.ResourceProvider<In, Out> {
    const moved = Object.create(provider) as dynamic.ResourceProvider<In, Out>;
    moved.diff = async (id, olds, news) => {
        const found = (await provider.diff?.(id, olds, news)) ?? {};
        const isMoved = (olds as Loaded).__provider !== (news as Loaded).__provider;
        return isMoved ? { ...found, changes: true } : found;
    };
    return moved;
}
