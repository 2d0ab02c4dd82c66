import type { Labels, Meta, Selector } from "./objects";

/** Whether a selector by labels alone selects something; an empty one selects all. */
export function hasLabels(labels: Labels = {}, wanted: Labels = {}): boolean {
    return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** Whether a selector of the Kubernetes API selects something; an empty one selects all. */
export function selects({ matchLabels, matchExpressions = [] }: Selector, labels: Labels = {}): boolean {
    return (
        hasLabels(labels, matchLabels) &&
        matchExpressions.every(({ key, operator, values = [] }) => {
            const value = labels[key];
            switch (operator) {
                case "In":
                    return value !== undefined && values.includes(value);
                case "NotIn":
                    return value === undefined || !values.includes(value);
                case "Exists":
                    return value !== undefined;
                case "DoesNotExist":
                    return value === undefined;
                default:
                    return false;
            }
        })
    );
}

/** Whether a host of Istio's objects, with or without a `*` at its begin, covers a host. */
export function coversHost(pattern: string, host: string): boolean {
    return pattern === host || (pattern.startsWith("*") && host.endsWith(pattern.slice(1)));
}

/** The pattern of some that covers a host best, as Istio takes the most specific. Undefined where none does. */
export function bestPattern(patterns: readonly string[], host: string): string | undefined {
    return patterns
        .filter((pattern) => coversHost(pattern, host))
        .sort((one, other) => specificity(other) - specificity(one))[0];
}

/** How exactly a pattern says what it covers: an exact host is before every pattern, and a longer pattern before a shorter. */
export function specificity(pattern: string): number {
    return pattern.startsWith("*") ? pattern.length : 1000 + pattern.length;
}

/** Whether a namespace sees an object of another, by its `exportTo`. */
export function isSeenFrom(
    namespace: string,
    {
        metadata,
        spec,
    }: { readonly metadata: Meta; readonly spec?: { readonly exportTo?: readonly string[] } },
): boolean {
    const { exportTo = [] } = spec ?? {};
    if (exportTo.length === 0) return true;
    return exportTo.some(
        (each) => each === "*" || each === namespace || (each === "." && metadata.namespace === namespace),
    );
}

/** Whether an object is shown to single namespaces, which see it before what all see. */
export function isShownToSome({
    spec,
}: {
    readonly spec?: { readonly exportTo?: readonly string[] };
}): boolean {
    const { exportTo = [] } = spec ?? {};
    return exportTo.length > 0 && !exportTo.includes("*");
}

/** Orders objects as Istio does: the older first, then by name and namespace. */
export function byAge(
    { metadata: one }: { readonly metadata: Meta },
    { metadata: other }: { readonly metadata: Meta },
): number {
    const ages = Date.parse(one.creationTimestamp ?? "") - Date.parse(other.creationTimestamp ?? "");
    if (ages !== 0 && !Number.isNaN(ages)) return ages;
    const [name, otherName] = [one, other].map((each) => `${each.name}.${each.namespace ?? ""}`);
    return (name ?? "") < (otherName ?? "") ? -1 : 1;
}

/** The full name of a host of an object: one without dots is a Service of the object's namespace. */
export function fullHost(host: string, namespace = ""): string {
    return host.includes(".") || host.startsWith("*") ? host : `${host}.${namespace}.svc.cluster.local`;
}
