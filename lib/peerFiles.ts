import { parse } from "yaml";
import { z } from "zod";
import { meshSchema } from "./config/cluster";
import { hostName } from "./names";
import type { Trust } from "./trustDomains";

const exportsOfFile = z.object({
    config: z.record(z.string(), z.unknown()).optional(),
});
const exportNames = z.array(z.object({ service: z.string(), namespace: z.string() }));

/**
 * The hosts that a peer's stack file exports. Anything in the file that can't be read counts as no export: the peer's own
 * preview is where its file is checked.
 *
 * @param content the text of `Pulumi.PEER.yaml`
 */
export function declaredExports(content: string, project: string, suffix: string): readonly string[] {
    const file = exportsOfFile.safeParse(parsed(content));
    const names = exportNames.safeParse(file.data?.config?.[`${project}:exports`] ?? []);
    return (names.data ?? []).map(({ service, namespace }) => hostName(service, namespace, suffix));
}

/**
 * What a peer's stack file says of identities. Settings that can't be read count as left out, which is what the peer's own
 * preview would refuse them for.
 *
 * @param content the text of `Pulumi.PEER.yaml`
 */
export function declaredTrust(content: string, project: string): Trust {
    const file = exportsOfFile.safeParse(parsed(content));
    const mesh = meshSchema.safeParse(file.data?.config?.[`${project}:mesh`] ?? {});
    const { trustDomain, acceptedTrustDomains } = mesh.data ?? meshSchema.parse({});
    return { trustDomain, accepted: acceptedTrustDomains };
}

/** A YAML text as values. Despite the silent level, an alias without its anchor is thrown. */
function parsed(content: string): unknown {
    try {
        return parse(content, { logLevel: "silent" });
    } catch {
        return undefined;
    }
}
