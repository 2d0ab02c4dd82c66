import { parseStackFile } from "../base/stackFileText";
import { z } from "zod";

const root = z.object({ privateKeyPem: z.unknown() }).optional();
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
        ...(typeof settings?.root?.privateKeyPem === "string" ? ["ca.root.privateKeyPem"] : []),
        ...(typeof settings?.rotation?.to?.privateKeyPem === "string"
            ? ["ca.rotation.to.privateKeyPem"]
            : []),
    ];
}
