import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const entry = z.record(z.string(), z.unknown());
const named = z.object({ name: z.string() });
const kubeconfigFile = z.object({
    "current-context": z.string().nullish(),
    contexts: z
        .array(
            named.extend({
                context: z
                    .object({ cluster: z.string(), user: z.string(), namespace: z.string() })
                    .partial()
                    .nullish(),
            }),
        )
        .nullish(),
    clusters: z.array(named.extend({ cluster: entry.nullish() })).nullish(),
    users: z.array(named.extend({ user: entry.nullish() })).nullish(),
});

type Entry = Readonly<Record<string, unknown>>;

/** A cluster or a user as its file has it, and the folder of that file, at which relative paths in it begin. */
export interface PlacedEntry {
    readonly values: Entry;
    readonly folder: string;
}

/** What a kubeconfig, or several as one, hold. */
export interface Kubeconfig {
    readonly currentContext?: string;
    readonly contexts: ReadonlyMap<
        string,
        { readonly cluster?: string; readonly user?: string; readonly namespace?: string }
    >;
    readonly clusters: ReadonlyMap<string, PlacedEntry>;
    readonly users: ReadonlyMap<string, PlacedEntry>;
}

/** One context of a kubeconfig with what it names. */
export interface ContextEntries {
    readonly cluster: PlacedEntry;
    /** Secrets and all. */
    readonly user: PlacedEntry;
    readonly namespace?: string;
}

/** A text that is no kubeconfig. */
export class NoKubeconfig extends Error {}

/** Values of a cluster and of a user that are paths. */
const paths = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Reads a kubeconfig.
 *
 * @param folder where its file is; undefined where it is in no file, and relative paths in it lead nowhere
 * @throws NoKubeconfig with what is wrong with it, as the end of a sentence
 */
export function parseKubeconfig(text: string, folder: string | undefined): Kubeconfig {
    const { data } = kubeconfigFile.safeParse(yamlIn(text));
    if (data === undefined)
        throw new NoKubeconfig("its contexts, clusters and users are not as kubectl has them");
    const placed = (values: Entry | null | undefined): PlacedEntry => {
        if (folder === undefined) refuseRelativePaths(values ?? {});
        return { values: values ?? {}, folder: folder ?? "/" };
    };
    const current = data["current-context"] ?? "";
    return {
        ...(current !== "" && { currentContext: current }),
        contexts: byName(data.contexts, ({ context }) => context ?? {}),
        clusters: byName(data.clusters, ({ cluster }) => placed(cluster)),
        users: byName(data.users, ({ user }) => placed(user)),
    };
}

function byName<T extends { readonly name: string }, V>(
    list: readonly T[] | null | undefined,
    valueOf: (each: T) => V,
): ReadonlyMap<string, V> {
    return firstOfEach((list ?? []).map((each) => [each.name, valueOf(each)]));
}

/** The first value of each name, in their order. */
function firstOfEach<V>(entries: readonly (readonly [string, V])[]): ReadonlyMap<string, V> {
    const found = new Map<string, V>();
    for (const [name, value] of entries) if (!found.has(name)) found.set(name, value);
    return found;
}

function yamlIn(text: string): unknown {
    let content: unknown;
    try {
        content = parse(text);
    } catch {
        throw new NoKubeconfig("it is not valid YAML");
    }
    // Which kubectl takes for an empty one.
    if (content === null || content === undefined) return {};
    if (typeof content !== "object") throw new NoKubeconfig("it is a text, and no map");
    return content;
}

function refuseRelativePaths(values: Entry): void {
    const found = paths.find((name) => typeof values[name] === "string" && !path.isAbsolute(values[name]));
    if (found === undefined) return;
    throw new NoKubeconfig(
        `its ${found} is the file ${String(values[found])}, which is beside it nowhere; make one that holds all by itself ` +
            `with \`kubectl config view --raw --flatten\``,
    );
}

/** Several kubeconfigs as one, by kubectl's rule: what several have under one name is that of the first. */
export function mergeKubeconfigs(all: readonly Kubeconfig[]): Kubeconfig {
    const current = all.find(({ currentContext }) => currentContext !== undefined)?.currentContext;
    return {
        ...(current !== undefined && { currentContext: current }),
        contexts: firstOfEach(all.flatMap(({ contexts }) => [...contexts])),
        clusters: firstOfEach(all.flatMap(({ clusters }) => [...clusters])),
        users: firstOfEach(all.flatMap(({ users }) => [...users])),
    };
}

const nothing: PlacedEntry = { values: {}, folder: "/" };

/** What a context names, or undefined where there is none of that name. */
export function contextIn(
    { contexts, clusters, users }: Kubeconfig,
    context: string,
): ContextEntries | undefined {
    const found = contexts.get(context);
    if (found === undefined) return undefined;
    const { cluster = "", user = "", namespace } = found;
    return {
        cluster: clusters.get(cluster) ?? nothing,
        user: users.get(user) ?? nothing,
        ...(namespace !== undefined && { namespace }),
    };
}
