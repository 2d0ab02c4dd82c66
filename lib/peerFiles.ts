import { parse } from "yaml";
import { z } from "zod";
import { hostName } from "./names";

const exportsOfFile = z.object({
    config: z.record(z.string(), z.unknown()).optional(),
});
const exportNames = z.array(
    z.object({
        service: z.string(),
        namespace: z.string(),
        subsets: z.record(z.string(), z.unknown()).catch({}).default({}),
    }),
);

/**
 * The hosts that a peer's stack file exports. Anything in the file that can't be read counts as no export: the peer's own
 * preview is where its file is checked.
 *
 * @param content the text of `Pulumi.PEER.yaml`
 */
export function declaredExports(content: string, project: string, suffix: string): readonly string[] {
    return [...declaredSubsets(content, project, suffix).keys()];
}

/** The hosts that a peer's stack file exports, each with the versions that the file names. */
export function declaredSubsets(
    content: string,
    project: string,
    suffix: string,
): ReadonlyMap<string, readonly string[]> {
    const file = exportsOfFile.safeParse(parsed(content));
    const names = exportNames.safeParse(file.data?.config?.[`${project}:exports`] ?? []);
    return new Map(
        (names.data ?? []).map(({ service, namespace, subsets }) => [
            hostName(service, namespace, suffix),
            Object.keys(subsets),
        ]),
    );
}

/** A YAML text as values. Despite the silent level, an alias without its anchor is thrown. */
function parsed(content: string): unknown {
    try {
        return parse(content, { logLevel: "silent" });
    } catch {
        return undefined;
    }
}
