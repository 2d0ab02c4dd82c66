import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
    type ContextEntries,
    contextIn,
    type Kubeconfig,
    mergeKubeconfigs,
    NoKubeconfig,
    parseKubeconfig,
    type PlacedEntry,
} from "../lib/cluster/kubeconfig";
import type { Access } from "../lib/base/shownCommands";
import { type ClusterAccess, KubeconfigError } from "./access";
import { declaredAccess, kubeconfigOutput, shownSource } from "./declaredAccess";

/** A kubeconfig that was found: in files, or as a text that stands in none. */
export type Found = (
    { readonly files: readonly string[]; readonly isDefault: boolean } | { readonly text: string }
) & {
    /** As the settings say it, for sentences. */
    readonly declared: Access;
    /** Name of the context to use. */
    readonly context: string;
};

/**
 * Finds a cluster's kubeconfig. What it holds is looked at only where that decides which context it is.
 *
 * @throws KubeconfigError where there is none
 */
export function findKubeconfig(access: ClusterAccess): Found {
    const declared = declaredAccess(access);
    const { kubeconfig: source } = declared;
    const context = access.context === "" ? declared.context : access.context;
    const of = { ...access, kubeconfig: source, context };
    if (source === undefined) return { declared, context, files: defaultFiles(of), isDefault: true };
    if (typeof source === "string") {
        const file = pathOf(source, access.folder);
        if (!existsSync(file)) throw new KubeconfigError({ kind: "file" }, of);
        return { declared, context, files: [file], isDefault: false };
    }
    const text = "content" in source ? source.content : kubeconfigOutput(access, source);
    // Whoever names no context means the one that comes along, whatever it is called by now.
    if (declared.context !== "" || access.stack === undefined)
        if (context !== "") return { declared, context, text };
    const { currentContext = "", contexts } = parsed(of, text, undefined);
    if (currentContext !== "") return { declared, context: currentContext, text };
    throw new KubeconfigError({ kind: "context", contexts: [...contexts.keys()] }, { ...of, context: "" });
}

/** The files of the variable KUBECONFIG, or ~/.kube/config: those of them that are there. */
function defaultFiles(of: ClusterAccess): readonly string[] {
    const files = defaultPaths();
    const there = files.filter((file) => existsSync(file));
    if (there.length > 0) return there;
    const isNamed = (process.env["KUBECONFIG"] ?? "") !== "";
    throw new KubeconfigError({ kind: "variable", files: isNamed ? files : [] }, of);
}

/** Where kubectl looks for a kubeconfig, in its order. */
export function defaultPaths(): readonly string[] {
    const named = (process.env["KUBECONFIG"] ?? "").split(path.delimiter).filter((file) => file !== "");
    return named.length > 0 ? [...new Set(named)] : [path.join(os.homedir(), ".kube", "config")];
}

/** A path of the settings as an absolute one. */
export function pathOf(file: string, folder = process.cwd()): string {
    return file.startsWith("~/") ? path.join(os.homedir(), file.slice(2)) : path.resolve(folder, file);
}

/**
 * Reads a cluster's context with its secrets.
 *
 * @throws KubeconfigError where there is no kubeconfig, or no such context in it
 */
export function readContext(access: ClusterAccess): ContextEntries & { readonly context: string } {
    const found = findKubeconfig(access);
    const { declared, context } = found;
    const of = { ...access, kubeconfig: declared.kubeconfig, context };
    const all =
        "text" in found
            ? parsed(of, found.text, undefined)
            : mergeKubeconfigs(
                  found.files.map((file) =>
                      parsed(of, readFileSync(file, "utf8"), path.dirname(path.resolve(file))),
                  ),
              );
    const entries = contextIn(all, context);
    if (entries !== undefined) return { ...entries, context };
    throw new KubeconfigError({ kind: "context", contexts: [...all.contexts.keys()] }, of);
}

function parsed(of: ClusterAccess, text: string, folder: string | undefined): Kubeconfig {
    try {
        return parseKubeconfig(text, folder);
    } catch (error) {
        if (!(error instanceof NoKubeconfig)) throw error;
        throw new KubeconfigError({ kind: "content", why: error.message }, of);
    }
}

/** What a kubeconfig says of one of its contexts, without its secrets. */
export interface KubeconfigContext {
    /** URL of the API server. */
    readonly server?: string;
    /** Whether it names a proxy for requests to it. */
    readonly hasProxy: boolean;
    /** SHA-256 of the certificates by which the API server is known, hex; empty where it is known by those of the machine. */
    readonly ca: string;
}

/** Reads a context of a kubeconfig, or undefined where it can't be found or read. */
export function readKubeconfig(access: ClusterAccess): KubeconfigContext | undefined {
    const found = unlessMissing(() => readContext(access));
    if (found === undefined) return undefined;
    const { cluster } = found;
    const { server, "proxy-url": proxy } = cluster.values;
    const ca = caData(cluster);
    return {
        ...(typeof server === "string" && { server }),
        hasProxy: isSet(proxy),
        ca: ca === undefined ? "" : createHash("sha256").update(Buffer.from(ca, "base64")).digest("hex"),
    };
}

/** Whether a user has anything to sign in with. */
export function hasCredentials({ values }: PlacedEntry): boolean {
    return Object.values(values).some(isSet);
}

/** When a user's client certificate ends; undefined where he has none that can be read. */
export function certificateEnd({ values, folder }: PlacedEntry): Date | undefined {
    const { "client-certificate-data": data, "client-certificate": file } = values;
    try {
        const pem =
            typeof data === "string"
                ? Buffer.from(data, "base64")
                : readFileSync(path.resolve(folder, String(file)));
        return new Date(new X509Certificate(pem).validTo);
    } catch {
        return undefined;
    }
}

/** The way to a cluster, for people to read. */
export function shownAccess(access: ClusterAccess): Access {
    const found = unlessMissing(() => findKubeconfig(access));
    return { kubeconfig: shownSource(access), context: found?.context ?? access.context };
}

/** What was found, or undefined where there is no kubeconfig for it. */
export function unlessMissing<T>(find: () => T): T | undefined {
    try {
        return find();
    } catch (error) {
        if (error instanceof KubeconfigError) return undefined;
        throw error;
    }
}

/** The certificates by which the API server is known, base64; undefined where the entry names none that can be read. */
export function caData({ values, folder }: PlacedEntry): string | undefined {
    const { "certificate-authority-data": data, "certificate-authority": file } = values;
    if (typeof data === "string" && data !== "") return data;
    if (typeof file !== "string" || file === "") return undefined;
    try {
        return readFileSync(path.resolve(folder, file)).toString("base64");
    } catch {
        return undefined;
    }
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null && value !== "";
}
