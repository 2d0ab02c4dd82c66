import type { PolicySettings } from "../config/policy";

/** A tree of properties. What is not known yet is left out of it. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource that is about to be made, changed or left as it is. Its secrets are unpacked: no sentence may repeat a value. */
export interface Judged {
    readonly urn: string;
    /** Type token, such as `kubernetes:core/v1:Service`. */
    readonly type: string;
    readonly props: Properties;
    /** Whether Pulumi refuses to delete it. */
    readonly isProtected: boolean;
    /** URNs of the resources that a property is made from, by its name; none while resources are judged one by one. */
    readonly sources?: Readonly<Record<string, readonly string[]>>;
}

/** What a stack is held to. */
export interface Standards {
    readonly policy: PolicySettings;
    /** Domains of the mesh-wide host names. */
    readonly suffixes: readonly string[];
}

/** A rule for single resources, judged before each is written. */
interface ResourceRule {
    readonly name: string;
    /** What holds where nobody violates it, in a sentence. */
    readonly description: string;
    /** Whether it has anything to say of resources of a type. */
    readonly concerns: (type: string) => boolean;
    /** What violates it, a sentence each with the place and what to do. */
    readonly judge: (resource: Judged, standards: Standards) => readonly string[];
}

/** A rule for what a stack has as a whole, judged when all of it is known. */
interface StackRule extends Pick<ResourceRule, "name" | "description" | "concerns"> {
    /** What violates it, by the resource that does. */
    readonly judgeAll: (resources: readonly Judged[], standards: Standards) => readonly Violation[];
}

export type Rule = ResourceRule | StackRule;

/** One violation of a rule for whole stacks. */
export interface Violation {
    readonly urn: string;
    readonly sentence: string;
}

/** A kind of Kubernetes' or Istio's objects, whatever the version of its group. */
export function isKind(type: string, group: string, kind: string): boolean {
    return type.startsWith(`kubernetes:${group}/`) && type.endsWith(`:${kind}`);
}

/** A property that holds others; none where it does not. */
export function mapAt(props: Properties, ...path: readonly string[]): Properties {
    return path.reduce<Properties>((above, key) => {
        const value = above[key];
        return typeof value === "object" && value !== null && !Array.isArray(value)
            ? (value as Properties)
            : {};
    }, props);
}

/** The entries of a list of properties. */
export function listAt(props: Properties, key: string): readonly unknown[] {
    const value = props[key];
    return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
