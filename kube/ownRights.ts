import type { Right, Rule } from "../lib/cluster/rights";
import { answerSeconds, type ClusterAccess, kubectl, KubectlError, postJson } from "./kubectl";

/** What the API server says of its user's rights in one namespace. */
export interface RulesAnswer {
    readonly rules: readonly Rule[];
    /** Whether there may be more rules: not every way to decide can list them. */
    readonly isIncomplete: boolean;
}

const reviews = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

/** A namespace that no cluster has: what somebody may do there they may do everywhere. */
export const everywhere = "istio-multicluster-nowhere";

/** Reads what the user of a kubeconfig may do in a namespace, or undefined where the cluster does not say. */
export async function readOwnRules(
    access: ClusterAccess,
    namespace: string,
): Promise<RulesAnswer | undefined> {
    const review = {
        kind: "SelfSubjectRulesReview",
        apiVersion: "authorization.k8s.io/v1",
        spec: { namespace },
    };
    try {
        const { status } = await postJson<{
            readonly status?: { readonly resourceRules?: readonly Rule[]; readonly incomplete?: boolean };
        }>(access, reviews, review);
        return status && { rules: status.resourceRules ?? [], isIncomplete: status.incomplete ?? false };
    } catch (error) {
        if (error instanceof KubectlError) return undefined;
        throw error;
    }
}

/** One verb of a right. */
export type SingleRight = Omit<Right, "verbs"> & { readonly verb: string };

/**
 * Asks of each right whether the user has it, for clusters that can't list them.
 *
 * @returns the rights that are refused; none where the cluster does not say
 */
export async function refusedRights(
    access: ClusterAccess,
    rights: readonly SingleRight[],
): Promise<readonly SingleRight[]> {
    const items = rights.map(({ verb, group, resource, namespace }) => {
        const [name = "", subresource] = resource.split("/");
        return {
            kind: "SelfSubjectAccessReview",
            apiVersion: "authorization.k8s.io/v1",
            spec: { resourceAttributes: { verb, group, resource: name, subresource, namespace } },
        };
    });
    try {
        const text = await kubectl(
            access,
            ["create", "--validate=false", "-f", "-", "-o", "jsonpath={.status.allowed} "],
            {
                input: JSON.stringify({ kind: "List", apiVersion: "v1", items }),
                timeoutSeconds: answerSeconds,
            },
        );
        const answers = text.trim().split(" ");
        return rights.filter((_, index) => answers[index] === "false");
    } catch (error) {
        if (error instanceof KubectlError) return [];
        throw error;
    }
}
