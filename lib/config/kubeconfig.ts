import { parse } from "yaml";
import { z } from "zod";
import type { KubeconfigSource } from "../base/kubeconfigSource";
import type { Access } from "../base/shownCommands";
import type { ConfigProblem } from "../base/problem";
import { text } from "./fields";

const shapes =
    "must be the path of a file, `content` with an encrypted kubeconfig, or `stack` and `output` of another stack that has one";

/** Where the kubeconfig comes from, key `cluster.kubeconfig`. */
export const kubeconfigSchema: z.ZodType<KubeconfigSource> = z.union(
    [
        text,
        z.strictObject({
            /** The kubeconfig itself, encrypted. It must hold all by itself. */
            content: text,
        }),
        z.strictObject({
            /** Another stack in the same backend, by its name or as ORGANIZATION/PROJECT/STACK. */
            stack: text,
            /** Its output that holds a kubeconfig. */
            output: text,
        }),
    ],
    { error: shapes },
);

/** Whether settings name a context, or need none, because the kubeconfig brings one along: its current one. */
export function namesContext({ kubeconfig, context }: Partial<Access>): boolean {
    return (context !== undefined && context !== "") || typeof kubeconfig === "object";
}

/** What of a cluster's settings says how it is reached. */
export const accessSchema = z
    .object({ kubeconfig: kubeconfigSchema.optional(), context: z.string().default("") })
    .refine(namesContext);

const given = z.object({ cluster: z.object({ kubeconfig: z.object({ content: z.string() }) }) });

/** What is wrong with a kubeconfig that stands in a file for everybody to read, although somebody could sign in with it. */
export function plainCredentials(
    raw: Readonly<Record<string, unknown>>,
    encrypted: readonly string[],
): readonly ConfigProblem[] {
    const content = given.safeParse(raw).data?.cluster.kubeconfig.content;
    if (content === undefined || encrypted.includes(content) || !holdsCredentials(content)) return [];
    const message =
        "holds credentials in plain text; put in a new kubeconfig, encrypted: `pulumi config set --secret --path " +
        "PROJECT:cluster.kubeconfig.content --stack STACK < FILE`";
    return [{ path: "cluster.kubeconfig.content", message }];
}

const users = z.object({ users: z.array(z.object({ user: z.record(z.string(), z.unknown()) })) });

/** Values of a user's by which whoever has them can sign in. */
const credentials = ["token", "password", "client-key-data", "auth-provider"];

/** Whether a text is a kubeconfig that holds what somebody can sign in with. What is none is refused where it is read. */
export function holdsCredentials(text: string): boolean {
    try {
        const found = users.safeParse(parse(text)).data?.users ?? [];
        return found.some(({ user }) => credentials.some((name) => Boolean(user[name])));
    } catch {
        return false;
    }
}
