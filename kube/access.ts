import type { KubeconfigSource } from "../lib/base/kubeconfigSource";
import { type KubeconfigFailure, kubeconfigProblem } from "../lib/cluster/kubeconfigProblem";

/**
 * Which cluster to talk to. What a resource is told, and a state keeps, names the stack alone: where the kubeconfig comes from is
 * looked up in that stack's settings by whoever needs it, so that it may be elsewhere for each.
 */
export interface ClusterAccess {
    /** The stack whose settings say it, by its name or as ORGANIZATION/PROJECT/STACK; without one `kubeconfig` says it. */
    readonly stack?: string;
    /** The project folder, by default the working folder. */
    readonly folder?: string;
    /** Without a stack: where the kubeconfig comes from. States of earlier versions hold a path here. */
    readonly kubeconfig?: KubeconfigSource | undefined;
    /** Name of a context in it. Where the stack's settings name none, the current one is taken in its place. */
    readonly context: string;
    /** A stack's outputs, which know a context and no kubeconfig, are no access. */
    readonly contractVersion?: never;
}

/** Whether two are the same, as far as a state knows it. */
export function isSameAccess(one: ClusterAccess, other: ClusterAccess): boolean {
    return one.stack === other.stack && one.kubeconfig === other.kubeconfig && one.context === other.context;
}

/** The file of a stack, for a sentence. */
export function fileOf(stack: string): string {
    return `Pulumi.${stackNameOf(stack)}.yaml`;
}

/** A stack's own name, without those of its organization and project. */
export function stackNameOf(stack: string): string {
    return stack.slice(stack.lastIndexOf("/") + 1);
}

/** What the API server, or kubectl itself, answered to a request that failed. */
export class KubectlError extends Error {
    /**
     * @param reason the API's reason, such as `NotFound` or `Conflict`; empty when the API server was not reached
     * @param detail kubectl's own message
     * @param output what it printed all the same, such as those of several lists that it was let read
     */
    constructor(
        readonly reason: string,
        readonly detail: string,
        { context, stack, kubeconfig }: ClusterAccess,
        readonly output = "",
    ) {
        const file = stack === undefined ? kubeconfig : fileOf(stack);
        const of = typeof file === "string" ? ` of ${file}` : "";
        super(`kubectl failed for context "${context}"${of}: ${detail}`);
        this.name = "KubectlError";
    }
}

/** That a cluster can't be asked, because there is no kubeconfig for it that can be used. Its message is a sentence. */
export class KubeconfigError extends KubectlError {
    constructor(
        readonly failure: KubeconfigFailure,
        access: ClusterAccess,
    ) {
        const file = access.stack === undefined ? "the stack's file" : fileOf(access.stack);
        const sentence = kubeconfigProblem(file, access, failure);
        super("", sentence, access);
        this.message = sentence;
        this.name = "KubeconfigError";
    }
}
