import { parse } from "yaml";
import { z } from "zod";
import { caSchema } from "../config/ca";
import { meshSchema } from "../config/cluster";
import { clusterStackSchema } from "../config/clusterStack";
import { withoutEmptyKeys } from "../config/emptyKeys";
import { systemNamespace } from "../config/istio";
import { defaultSuffix, hostOf } from "../base/names";
import type { Trust } from "./trustDomains";

const stackFile = z.object({
    config: z.record(z.string(), z.unknown()).optional(),
});
const exportNames = z.array(
    z.object({
        service: z.string(),
        namespace: z.string(),
        suffix: z.string().optional(),
        subsets: z.record(z.string(), z.unknown()).catch({}).default({}),
    }),
);
const suffixes = z.object({ suffixes: z.array(z.string()).optional() });
const clusterNames = z.object({ clusters: z.array(z.string()) });
const settings = { ...clusterStackSchema.shape, ca: caSchema };
const access = z.object({ kubeconfig: z.string(), context: z.string() });

/**
 * The hosts that a peer's stack file exports. Anything in the file that can't be read counts as no export: the peer's own
 * preview is where its file is checked.
 *
 * @param content the text of `Pulumi.PEER.yaml`
 */
export function declaredExports(content: string, project: string): readonly string[] {
    return [...declaredSubsets(content, project).keys()];
}

/** The hosts that a peer's stack file exports, each with the versions that the file names. */
export function declaredSubsets(content: string, project: string): ReadonlyMap<string, readonly string[]> {
    const names = exportNames.safeParse(setting(content, project, "exports") ?? []);
    const mesh = suffixes.safeParse(setting(content, project, "mesh") ?? {});
    const [suffix = defaultSuffix] = mesh.data?.suffixes ?? [];
    return new Map((names.data ?? []).map((entry) => [hostOf(entry, suffix), Object.keys(entry.subsets)]));
}

/**
 * The clusters that a certificate stack's file names, under the same rule.
 *
 * @param content the text of `Pulumi.CA.yaml`
 */
export function declaredClusters(content: string, project: string): readonly string[] {
    return clusterNames.safeParse(setting(content, project, "ca")).data?.clusters ?? [];
}

/** The kubeconfig and the context that a cluster's stack file names, or undefined where it names none. */
export function declaredAccess(
    content: string,
    project: string,
): { readonly kubeconfig: string; readonly context: string } | undefined {
    return access.safeParse(setting(content, project, "cluster")).data;
}

/** The namespace in which a cluster's stack file says that Istio is. */
export function declaredIstioNamespace(content: string, project: string): string {
    const istio = z.object({ namespace: z.string() }).safeParse(setting(content, project, "istio"));
    return istio.data?.namespace ?? systemNamespace;
}

/**
 * What a peer's stack file says of identities. Settings that can't be read count as left out, which is what the peer's own
 * preview would refuse them for.
 *
 * @param content the text of `Pulumi.PEER.yaml`
 */
export function declaredTrust(content: string, project: string): Trust {
    const mesh = meshSchema.safeParse(setting(content, project, "mesh") ?? {});
    const { trustDomain, acceptedTrustDomains } = mesh.data ?? meshSchema.parse({});
    return { trustDomain, accepted: acceptedTrustDomains };
}

/** What a file says of a key, without what has nothing behind it. */
function setting(content: string, project: string, key: keyof typeof settings): unknown {
    const value = stackFile.safeParse(parsed(content)).data?.config?.[`${project}:${key}`];
    return withoutEmptyKeys(settings[key], value) ?? undefined;
}

/** A YAML text as values. Despite the silent level, an alias without its anchor is thrown. */
function parsed(content: string): unknown {
    try {
        return parse(content, { logLevel: "silent" });
    } catch {
        return undefined;
    }
}
