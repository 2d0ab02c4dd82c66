import { parse } from "yaml";
import { z } from "zod";
import { defaultSuffix, hostOf } from "./names";

const exportsOfFile = z.object({
    config: z.record(z.string(), z.unknown()).optional(),
});
const exportNames = z.array(
    z.object({ service: z.string(), namespace: z.string(), suffix: z.string().optional() }),
);
const suffixes = z.object({ suffixes: z.array(z.string()).optional() });

/**
 * The hosts that a peer's stack file exports. Anything in the file that can't be read counts as no export: the peer's own
 * preview is where its file is checked.
 *
 * @param content the text of `Pulumi.PEER.yaml`
 */
export function declaredExports(content: string, project: string): readonly string[] {
    const file = exportsOfFile.safeParse(parsed(content));
    const names = exportNames.safeParse(file.data?.config?.[`${project}:exports`] ?? []);
    const mesh = suffixes.safeParse(file.data?.config?.[`${project}:mesh`] ?? {});
    const [suffix = defaultSuffix] = mesh.data?.suffixes ?? [];
    return (names.data ?? []).map((entry) => hostOf(entry, suffix));
}

/** A YAML text as values. Despite the silent level, an alias without its anchor is thrown. */
function parsed(content: string): unknown {
    try {
        return parse(content, { logLevel: "silent" });
    } catch {
        return undefined;
    }
}
