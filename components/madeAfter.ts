import * as pulumi from "@pulumi/pulumi";

/**
 * A value for `dependsOn` that makes a resource wait for others when it is made or changed, and not when it is deleted: Pulumi
 * deletes in the reverse order of what a state says to depend on what. Pods need the webhook that gives them their proxy only
 * to start. Where they depended on it, istiod would have to wait, at the end of a mesh, for a gateway that still lets
 * connections finish.
 */
export function madeAfter(resources: readonly pulumi.Resource[]): Promise<pulumi.Resource[]> {
    return new Promise((resolve) => {
        // A resource's name is told once its step is done; in a preview at once.
        pulumi.all(resources.map(({ urn }) => urn)).apply(() => {
            resolve([]);
        });
    });
}
