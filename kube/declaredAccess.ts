import { spawnSync } from "node:child_process";
import { z } from "zod";
import type { KubeconfigSource } from "../lib/base/kubeconfigSource";
import type { Access } from "../lib/base/shownCommands";
import { accessSchema, kubeconfigSchema } from "../lib/config/kubeconfig";
import { isEncrypted } from "../lib/base/encrypted";
import { type ClusterAccess, KubeconfigError, stackNameOf } from "./access";
import { projectIn, stackSettings } from "../files/stackSettings";

/** Seconds that Pulumi may take for an answer. */
const pulumiSeconds = 60;

/** What Pulumi has told this process: nobody is asked twice, and what is secret of it stays in memory. */
const told = new Map<string, string>();

/**
 * Where the kubeconfig of a cluster comes from, and its context: what the access itself says, or else the settings of its stack
 * as they are now.
 *
 * @throws KubeconfigError where the settings can't be read
 */
export function declaredAccess(access: ClusterAccess): Access {
    const { stack, kubeconfig, context } = access;
    if (stack === undefined) return { kubeconfig, context };
    const folder = access.folder ?? process.cwd();
    const project = projectOf(stack, folder);
    const settings = stackSettings(folder, project, stackNameOf(stack));
    const inFile = settings === "elsewhere" ? undefined : settings?.["cluster"];
    const isTold = settings === "elsewhere" || isEncrypted(inFile);
    const cluster = isTold
        ? parsed(askPulumi(access, "settings", ["config", "get", `${project}:cluster`, "--stack", stack]))
        : inFile;
    const { data } = accessSchema.safeParse(cluster);
    if (data !== undefined) return data;
    throw new KubeconfigError({ kind: "unsaid" }, access);
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}

/** Whether a stack's settings say how its cluster is reached, or hold encrypted what may say it. */
export function saysAccess(folder: string, project: string, stack: string): boolean {
    const settings = stackSettings(folder, project, stack);
    if (settings === undefined || settings === "elsewhere") return settings !== undefined;
    const cluster = settings["cluster"];
    return cluster !== undefined && (isEncrypted(cluster) || accessSchema.safeParse(cluster).success);
}

/** Where the kubeconfig of a cluster comes from, for people to read: what is encrypted of it is left out. */
export function shownSource(access: ClusterAccess): KubeconfigSource | undefined {
    const { stack, folder = process.cwd(), kubeconfig } = access;
    if (stack === undefined) return kubeconfig;
    const settings = stackSettings(folder, projectOf(stack, folder), stackNameOf(stack));
    return settings === "elsewhere" ? undefined : shown.safeParse(settings?.["cluster"]).data?.kubeconfig;
}

const secretContent = z.object({ content: z.unknown() }).transform((): KubeconfigSource => ({ content: "" }));
const shown = z.object({ kubeconfig: z.union([kubeconfigSchema, secretContent]).optional() });

function projectOf(stack: string, folder: string): string {
    return stack.split("/").at(-2) ?? projectIn(folder);
}

/** The output of another stack that holds a kubeconfig. */
export function kubeconfigOutput(
    access: ClusterAccess,
    source: { readonly stack: string; readonly output: string },
): string {
    const args = ["stack", "output", source.output, "--stack", source.stack, "--show-secrets"];
    return askPulumi(access, "output", args, source);
}

/**
 * Asks the Pulumi that is on PATH, with the backend and the passphrase of whoever runs this. All at once: it is rare, and what
 * asks can do nothing else before.
 */
function askPulumi(
    access: ClusterAccess,
    kind: "settings" | "output",
    args: readonly string[],
    kubeconfig?: KubeconfigSource,
): string {
    const folder = access.folder ?? process.cwd();
    const key = JSON.stringify([folder, ...args]);
    const before = told.get(key);
    if (before !== undefined) return before;
    const { status, stdout, stderr, error } = spawnSync(
        "pulumi",
        [...args, "--non-interactive", "--color", "never"],
        {
            cwd: folder,
            encoding: "utf8",
            env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
            timeout: pulumiSeconds * 1000,
            maxBuffer: 16 * 1024 * 1024,
        },
    );
    if (status !== 0 || error !== undefined) {
        const words = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
        const said = words.replace(/^error: /, "");
        const of = kubeconfig === undefined ? access : { ...access, kubeconfig };
        throw new KubeconfigError({ kind, said }, of);
    }
    told.set(key, stdout);
    return stdout;
}
