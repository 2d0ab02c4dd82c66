import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import type { ClusterAccess } from "./kubectl";

const named = z.object({ name: z.string() });
const kubeconfigFile = z.object({
    contexts: z
        .array(named.extend({ context: z.object({ cluster: z.string(), user: z.string() }).partial() }))
        .nullish(),
    clusters: z
        .array(named.extend({ cluster: z.object({ server: z.string(), "proxy-url": z.string() }).partial() }))
        .nullish(),
    users: z.array(named.extend({ user: z.record(z.string(), z.unknown()).nullish() })).nullish(),
});

/** What a kubeconfig says of one of its contexts, without its secrets. */
export interface KubeconfigContext {
    /** URL of the API server. */
    readonly server?: string;
    /** Whether it names a proxy for requests to it. */
    readonly hasProxy: boolean;
    /** Whether its user has anything to sign in with. */
    readonly hasCredentials: boolean;
}

/** Reads a context of a kubeconfig, or undefined where the file or the context is missing or can't be read. */
export function readKubeconfig({ kubeconfig, context }: ClusterAccess): KubeconfigContext | undefined {
    if (!existsSync(kubeconfig)) return undefined;
    let content: unknown;
    try {
        content = parse(readFileSync(kubeconfig, "utf8"));
    } catch {
        return undefined;
    }
    const { data } = kubeconfigFile.safeParse(content);
    const found = data?.contexts?.find(({ name }) => name === context)?.context;
    if (found === undefined) return undefined;
    const { server, "proxy-url": proxy } =
        data?.clusters?.find(({ name }) => name === found.cluster)?.cluster ?? {};
    const user = data?.users?.find(({ name }) => name === found.user)?.user ?? {};
    return {
        ...(server !== undefined && { server }),
        hasProxy: isSet(proxy),
        hasCredentials: Object.values(user).some(isSet),
    };
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null && value !== "";
}
