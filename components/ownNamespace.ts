import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ownerAnnotation } from "../lib/base/ownership";

/** Level of the Pod Security Standards that a namespace enforces. */
export type PodSecurity = "restricted" | "baseline" | "privileged";

export interface OwnNamespaceArgs {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** What the API server lets run in it; whatever the cluster's own default is without it. */
    readonly podSecurity?: PodSecurity;
}

/** The full name of a stack, ORGANIZATION/PROJECT/STACK, by which its objects are known; by default of the present one. */
export function stackOwner(stack = pulumi.getStack()): string {
    return [pulumi.getOrganization(), pulumi.getProject(), stack].join("/");
}

/**
 * How long the deletion of an object may take that Kubernetes takes its time for: a namespace waits for everything in it,
 * a Deployment for its pods. The provider's own limit is ten minutes; what is not gone by this one is said as an error,
 * and the next destroy goes on from there.
 */
export const deleteInTime: pulumi.CustomResourceOptions = { customTimeouts: { delete: "45s" } };

/** Makes a namespace that belongs to the stack. */
export function ownNamespace(
    resource: string,
    { name, labels = {}, podSecurity }: OwnNamespaceArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Namespace {
    const all = {
        ...labels,
        ...(podSecurity !== undefined && { "pod-security.kubernetes.io/enforce": podSecurity }),
    };
    return new k8s.core.v1.Namespace(
        resource,
        {
            metadata: {
                name,
                annotations: { [ownerAnnotation]: stackOwner() },
                ...(Object.keys(all).length > 0 && { labels: all }),
            },
        },
        { ...deleteInTime, ...opts },
    );
}
