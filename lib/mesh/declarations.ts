import { z } from "zod";
import { caSchema } from "../config/ca";
import { meshSchema } from "../config/cluster";
import { clusterStackSchema } from "../config/clusterStack";
import { accessSchema } from "../config/kubeconfig";
import { withoutEmptyKeys } from "../config/emptyKeys";
import { systemNamespace } from "../config/istio";
import { defaultSuffix, hostOf } from "../base/names";
import type { Access } from "../base/shownCommands";
import type { Declared } from "./handover";
import type { Trust } from "./trustDomains";

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

/**
 * The hosts that a peer's settings export, each with the versions that they name. Anything in them that can't be read counts
 * as no export: the peer's own preview is where its file is checked.
 */
export function declaredSubsets(declared: Declared): ReadonlyMap<string, readonly string[]> {
    const names = exportNames.safeParse(setting(declared, "exports") ?? []);
    const mesh = suffixes.safeParse(setting(declared, "mesh") ?? {});
    const [suffix = defaultSuffix] = mesh.data?.suffixes ?? [];
    return new Map((names.data ?? []).map((entry) => [hostOf(entry, suffix), Object.keys(entry.subsets)]));
}

/** The clusters that a certificate stack's settings name, under the same rule. */
export function declaredClusters(declared: Declared): readonly string[] {
    return clusterNames.safeParse(setting(declared, "ca")).data?.clusters ?? [];
}

/** The kubeconfig and the context that a cluster's settings name, or undefined where they are no cluster's, or encrypted. */
export function declaredAccess(declared: Declared): Access | undefined {
    return accessSchema.safeParse(setting(declared, "cluster")).data;
}

/** The namespace in which a cluster's settings say that Istio is. */
export function declaredIstioNamespace(declared: Declared): string {
    const istio = z.object({ namespace: z.string() }).safeParse(setting(declared, "istio"));
    return istio.data?.namespace ?? systemNamespace;
}

/**
 * What a peer's settings say of identities. Those that can't be read count as left out, which is what the peer's own preview
 * would refuse them for.
 */
export function declaredTrust(declared: Declared): Trust {
    const mesh = meshSchema.safeParse(setting(declared, "mesh") ?? {});
    const { trustDomain, acceptedTrustDomains } = mesh.data ?? meshSchema.parse({});
    return { trustDomain, accepted: acceptedTrustDomains };
}

/** What a stack's settings say of a key, without what has nothing behind it. */
function setting(declared: Declared, key: keyof typeof settings): unknown {
    return withoutEmptyKeys(settings[key], declared[key]) ?? undefined;
}
