import { ClusterDnsError, type ObjectName } from "../../kube/clusterDns";
import { type ClusterAccess, KubectlError } from "../../kube/kubectl";
import { CorefileError } from "../../lib/dns/corefile";
import { StubDomainError } from "../../lib/dns/stubDomainError";
import { idOf, type StubDomainOutputs } from "./state";

/**
 * A failure after which the block is in the cluster all the same. With these fields Pulumi records the resource, tries
 * it again in the next update, and takes it out in a destroy.
 */
export class InitializationError extends Error {
    readonly id: string;
    readonly reasons: readonly string[];

    constructor(
        cause: unknown,
        readonly properties: StubDomainOutputs,
    ) {
        const message = messageOf(cause);
        super(message);
        this.id = idOf(properties);
        this.reasons = [message];
    }
}

/**
 * A failure to tell the user. The host of dynamic providers prints the stack of whatever a check, diff, read or delete
 * throws, beside the message that it hands to the engine; an expected failure has none.
 */
class UserError extends Error {
    constructor(message: string) {
        super(message);
        this.stack = "see the error of this resource";
    }

    override toString(): string {
        return "StubDomains";
    }
}

/** Gives an expected failure without its stack, and any other error as it is. */
export async function forUser<T>(work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        throw isExpected(error) ? new UserError(error.message) : error;
    }
}

/** Whether an error is a sentence about the cluster or its ConfigMap, rather than a fault in the code. */
export function isExpected(
    error: unknown,
): error is CorefileError | StubDomainError | ClusterDnsError | KubectlError {
    return [CorefileError, StubDomainError, ClusterDnsError, KubectlError].some(
        (kind) => error instanceof kind,
    );
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Says that an object which the configuration names is not there. */
export function missing(
    kind: "ConfigMap" | "Deployment",
    { namespace, name }: ObjectName,
    { context }: ClusterAccess,
): ClusterDnsError {
    return new ClusterDnsError(
        `The ${kind} ${namespace}/${name} of the cluster DNS does not exist in context "${context}"; ` +
            "name the one that this cluster uses.",
    );
}
