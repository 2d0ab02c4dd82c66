import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import type { ClusterOutputs } from "../lib/mesh/contract";
import { asSeenFrom } from "../lib/mesh/gatewayPlace";
import type { Peer } from "../lib/mesh/imports";
import { declaredSubsets, declaredTrust } from "../lib/mesh/declarations";
import type { KnownTrust, Trust } from "../lib/mesh/trustDomains";
import { readCluster } from "../outputs";
import type { ClusterCa } from "./clusterCa";

/** The text of a stack's file, or undefined where the project folder has none. */
export function stackFile(stack: string): string | undefined {
    const file = `Pulumi.${stack}.yaml`;
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** The clusters that this one imports from; all of the mesh where an export tells callers apart by their cluster. */
export async function readPeers(
    name: string,
    { exports, imports }: ClusterStackSettings,
    ca: Promise<ClusterCa>,
): Promise<ReadonlyMap<string, Peer & { readonly trust?: Trust }>> {
    const callers = exports.flatMap(({ allowedFrom = [] }) =>
        allowedFrom.flatMap(({ cluster }) => cluster ?? []),
    );
    const all = callers.length > 0 ? [...callers, ...(await ca).clusters] : [];
    const stacks = new Set([
        ...imports.flatMap(({ from }) => from),
        ...all.filter((stack) => stack !== name),
    ]);
    const peers = await Promise.all(
        [...stacks].map(async (stack): Promise<[string, Peer & { readonly trust?: Trust }]> => {
            const content = stackFile(stack);
            const read = await readCluster(stack);
            const outputs = read && asSeenFrom(name, read);
            if (content === undefined) return [stack, { outputs, trust: outputs && trustOf(outputs) }];
            const declared = declaredSubsets(content, pulumi.getProject());
            // What the peer's next update will make of it; waiting for that would take one update more here.
            return [
                stack,
                {
                    outputs,
                    declared: [...declared.keys()],
                    declaredSubsets: declared,
                    trust: declaredTrust(content, pulumi.getProject()),
                },
            ];
        }),
    );
    return new Map(peers);
}

function trustOf({ trustDomain, acceptedTrustDomains = [] }: ClusterOutputs): Trust | undefined {
    return trustDomain === undefined ? undefined : { trustDomain, accepted: acceptedTrustDomains };
}

/** What is known of the identities of the mesh, seen from one of its clusters. */
export function knownTrust(
    cluster: string,
    { mesh }: ClusterStackSettings,
    clusters: readonly string[],
    peers: ReadonlyMap<string, { readonly trust?: Trust }>,
): KnownTrust {
    return {
        cluster,
        own: { trustDomain: mesh.trustDomain, accepted: mesh.acceptedTrustDomains },
        ...(clusters.length > 0 && { clusters }),
        peers: new Map([...peers].flatMap(([peer, { trust }]) => (trust ? [[peer, trust] as const] : []))),
    };
}
