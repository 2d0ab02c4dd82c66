import { parseStackFile } from "../base/stackFileText";
import { z } from "zod";

const pair = z.object({ privateKeyPem: z.unknown() });
const root = pair.extend({ intermediates: z.record(z.string(), pair).optional() }).optional();
const ca = z.object({ root, rotation: z.object({ to: root }).optional() });

/**
 * Settings of a certificate stack's file that hold a private key in plain text. An encrypted one is a map there.
 *
 * @param text the stack file
 */
export function plainKeys(text: string, project: string): readonly string[] {
    const file = z.object({ config: z.record(z.string(), z.unknown()) }).safeParse(parseStackFile(text));
    const settings = ca.safeParse(file.data?.config[`${project}:ca`]).data;
    return [
        ...plainKeysOf("ca.root", settings?.root),
        ...plainKeysOf("ca.rotation.to", settings?.rotation?.to),
    ];
}

function plainKeysOf(path: string, given: z.infer<typeof root>): readonly string[] {
    const pairs = Object.entries(given?.intermediates ?? {}).map(
        ([cluster, each]) => [`${path}.intermediates.${cluster}`, each] as const,
    );
    return [[path, given] as const, ...pairs]
        .filter(([, each]) => typeof each?.privateKeyPem === "string")
        .map(([place]) => `${place}.privateKeyPem`);
}
