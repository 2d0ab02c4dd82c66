import { createHash } from "node:crypto";
import stringify from "fast-json-stable-stringify";

/** Who has written fields of an object, by the API server's record, as far as it is looked at. */
export interface Writer {
    readonly manager?: string;
}

/** A CustomResourceDefinition, as far as it is looked at. */
export interface Definition {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata: {
        readonly name: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly resourceVersion?: string;
        readonly managedFields?: readonly Writer[];
    };
    readonly spec: {
        readonly versions?: readonly {
            readonly name: string;
            readonly served?: boolean;
            readonly storage?: boolean;
        }[];
        readonly [key: string]: unknown;
    };
}

/** The definitions among the objects of a chart, in the order of their names. */
export function definitionsAmong(objects: readonly unknown[]): readonly Definition[] {
    return objects
        .filter((object): object is Definition => {
            const { kind } = (object ?? {}) as { readonly kind?: unknown };
            return kind === "CustomResourceDefinition";
        })
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Names of the labels and annotations that definitions have. */
export function marksOf(definitions: readonly Definition[]): readonly string[] {
    const marks = definitions.flatMap(({ metadata: { labels = {}, annotations = {} } }) => [
        ...Object.keys(labels),
        ...Object.keys(annotations),
    ]);
    return [...new Set(marks)].sort();
}

/**
 * A hash of what a definition says.
 *
 * @param marks the labels and annotations that count, since anybody may add others; all of them by default
 */
export function hashOf({ metadata, spec }: Definition, marks?: readonly string[]): string {
    const counted = (all: Readonly<Record<string, string>> = {}) =>
        Object.entries(all).filter(([name]) => marks?.includes(name) ?? true);
    const labels = Object.fromEntries(counted(metadata.labels));
    const annotations = Object.fromEntries(counted(metadata.annotations));
    return createHash("sha256").update(stringify({ labels, annotations, spec })).digest("hex").slice(0, 12);
}

/** A line that a reader of a preview understands, and that changes with anything in the definition: its versions, and a hash. */
export function summaryOf(definition: Definition): string {
    const versions = (definition.spec.versions ?? [])
        .filter(({ served }) => served !== false)
        .map(({ name, storage }) => (storage === true ? `${name} (stored)` : name));
    return `${versions.join(", ")}; ${hashOf(definition)}`;
}

/** The line of each definition, by its name. */
export function summariesOf(definitions: readonly Definition[]): Readonly<Record<string, string>> {
    return Object.fromEntries(definitions.map((each) => [each.metadata.name, summaryOf(each)]));
}

/** A hash of all that definitions say. */
export function sourceOfDefinitions(definitions: readonly Definition[]): string {
    return createHash("sha256")
        .update(stringify(summariesOf(definitions)))
        .digest("hex")
        .slice(0, 16);
}

/** Writer of the definitions, by the API server's record. */
export const definitionsWriter = "istio-multicluster";

/** How the names begin under which Pulumi's provider has written them for earlier versions of this project. */
const formerWriter = "pulumi-kubernetes-";

/** Writers that say nothing of who wants a definition: the API server itself, which notes that it takes it. */
const system = /^kube-(apiserver|controller-manager)$/;

/** Whether a writer is this project, of today or of an earlier version. */
export function isOwnWriter(manager = ""): boolean {
    return manager === definitionsWriter || manager.startsWith(formerWriter);
}

/**
 * Gives the fields that an earlier version of this project has written to the writer of today.
 *
 * @returns all writers with their fields, or undefined where no earlier version has written any
 */
export function inheritedFields(managed: readonly Writer[]): readonly Writer[] | undefined {
    const isFormer = ({ manager }: Writer) => isOwnWriter(manager) && manager !== definitionsWriter;
    const former = managed.find(isFormer);
    if (former === undefined) return undefined;
    const kept = managed.filter((writer) => !isFormer(writer));
    const isOurs = kept.some(({ manager }) => manager === definitionsWriter);
    return isOurs ? kept : [...kept, { ...former, manager: definitionsWriter }];
}

/** What becomes of a definition that is in the cluster before this stack has written it. */
export interface Claim {
    readonly name: string;
    /** Who has written it. */
    readonly writers: readonly string[];
    /** Versions that it has and the chart's has not: it is left as it is, since objects may be stored in one of them. */
    readonly newer: readonly string[];
}

/**
 * The definitions of the chart that somebody else has written into the cluster: Helm, istioctl, kubectl. They are taken over,
 * and those that are newer are left alone.
 */
export function claimsOf(
    wanted: readonly Definition[],
    found: ReadonlyMap<string, Definition>,
): readonly Claim[] {
    return wanted.flatMap(({ metadata: { name }, spec: { versions = [] } }) => {
        const there = found.get(name);
        const writers = [
            ...new Set((there?.metadata.managedFields ?? []).flatMap(({ manager }) => manager ?? [])),
        ].filter((writer) => !system.test(writer));
        if (there === undefined || writers.some(isOwnWriter)) return [];
        const known = versions.map((version) => version.name);
        const newer = (there.spec.versions ?? [])
            .map((version) => version.name)
            .filter((version) => !known.includes(version));
        return [{ name, writers, newer }];
    });
}

/** Sentences about definitions of somebody else, for a preview and an update. */
export function claimTexts(claims: readonly Claim[]): readonly string[] {
    const text = (rule: string, named: readonly Claim[]) => {
        if (named.length === 0) return [];
        const writers = [...new Set(named.flatMap((claim) => claim.writers))].join(", ");
        const names = named.map(({ name, newer }) =>
            newer.length > 0 ? `${name} (${newer.join(", ")})` : name,
        );
        const who = writers === "" ? "somebody else has made" : `${writers} has written`;
        return [`Istio's resource definitions that ${who} ${rule}: ${names.join(", ")}`];
    };
    return [
        ...text(
            "are taken over",
            claims.filter(({ newer }) => newer.length === 0),
        ),
        ...text(
            "are left as they are, since they have versions that the chart's have not",
            claims.filter(({ newer }) => newer.length > 0),
        ),
    ];
}
