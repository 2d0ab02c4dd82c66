import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { ClusterAccess } from "./kubectl";

const entry = z.record(z.string(), z.unknown());
const named = z.object({ name: z.string() });
const kubeconfigFile = z.object({
    contexts: z
        .array(
            named.extend({
                context: z.object({ cluster: z.string(), user: z.string(), namespace: z.string() }).partial(),
            }),
        )
        .nullish(),
    clusters: z.array(named.extend({ cluster: entry.nullish() })).nullish(),
    users: z.array(named.extend({ user: entry.nullish() })).nullish(),
});

/** One context of a kubeconfig with what it names. */
export interface ContextEntries {
    /** Its cluster, as the file has it. */
    readonly cluster: Readonly<Record<string, unknown>>;
    /** Its user, as the file has it: secrets and all. */
    readonly user: Readonly<Record<string, unknown>>;
    readonly namespace?: string;
}

/** Reads a context with its secrets, or undefined where the file or the context is missing or can't be read. */
export function readContext({ kubeconfig, context }: ClusterAccess): ContextEntries | undefined {
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
    const { namespace } = found;
    return {
        cluster: data?.clusters?.find(({ name }) => name === found.cluster)?.cluster ?? {},
        user: data?.users?.find(({ name }) => name === found.user)?.user ?? {},
        ...(namespace !== undefined && { namespace }),
    };
}

/** What a kubeconfig says of one of its contexts, without its secrets. */
export interface KubeconfigContext {
    /** URL of the API server. */
    readonly server?: string;
    /** Whether it names a proxy for requests to it. */
    readonly hasProxy: boolean;
    /** Whether its user has anything to sign in with. */
    readonly hasCredentials: boolean;
    /** SHA-256 of the certificates by which the API server is known, hex; empty where it is known by those of the machine. */
    readonly ca: string;
}

/** Reads a context of a kubeconfig, or undefined where the file or the context is missing or can't be read. */
export function readKubeconfig(access: ClusterAccess): KubeconfigContext | undefined {
    const found = readContext(access);
    if (found === undefined) return undefined;
    const { cluster, user } = found;
    const { server, "proxy-url": proxy } = cluster;
    const ca = caData(access, cluster);
    return {
        ...(typeof server === "string" && { server }),
        hasProxy: isSet(proxy),
        hasCredentials: Object.values(user).some(isSet),
        ca: ca === undefined ? "" : createHash("sha256").update(Buffer.from(ca, "base64")).digest("hex"),
    };
}

/** The certificates by which the API server is known, base64; undefined where the entry names none that can be read. */
export function caData(
    { kubeconfig }: Pick<ClusterAccess, "kubeconfig">,
    cluster: ContextEntries["cluster"],
): string | undefined {
    const { "certificate-authority-data": data, "certificate-authority": file } = cluster;
    if (typeof data === "string" && data !== "") return data;
    if (typeof file !== "string" || file === "") return undefined;
    try {
        return readFileSync(path.resolve(path.dirname(kubeconfig), file)).toString("base64");
    } catch {
        return undefined;
    }
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null && value !== "";
}
