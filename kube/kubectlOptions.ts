import { randomUUID } from "node:crypto";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ClusterAccess } from "./access";
import { findKubeconfig } from "./kubeconfig";

/** How a kubectl is told which cluster it is for. */
export interface KubectlOptions {
    /** Options, to stand before all others. */
    readonly args: readonly string[];
    /** What the process has to inherit as its descriptor 3, or nothing. */
    readonly inherited: number | "ignore";
}

/**
 * The options that tell kubectl which cluster to use.
 *
 * @throws KubeconfigError where there is no kubeconfig
 */
export function kubectlOptions(access: ClusterAccess): KubectlOptions {
    const found = findKubeconfig(access);
    const context = ["--context", found.context];
    if ("text" in found)
        return { args: ["--kubeconfig", "/dev/fd/3", ...context], inherited: descriptorOf(found.text) };
    // kubectl finds and merges those by itself.
    const [file = ""] = found.isDefault ? [] : found.files;
    return { args: file === "" ? context : ["--kubeconfig", file, ...context], inherited: "ignore" };
}

const descriptors = new Map<string, number>();

/**
 * A descriptor that a text can be read from, again and again: of a file that has no name. It is gone with the last process that has
 * it, however that ends, and its name was gone before there was anything in it.
 */
function descriptorOf(text: string): number {
    const before = descriptors.get(text);
    if (before !== undefined) return before;
    const file = path.join(os.tmpdir(), `istio-multicluster-${randomUUID()}`);
    const descriptor = openSync(file, "wx+", 0o600);
    unlinkSync(file);
    try {
        writeSync(descriptor, text);
    } catch (error) {
        closeSync(descriptor);
        throw error;
    }
    descriptors.set(text, descriptor);
    return descriptor;
}
