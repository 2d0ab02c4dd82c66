import * as pulumi from "@pulumi/pulumi";

/**
 * What runs the project's own kinds of resources. Pulumi would make one by itself, and would give it every setting of the stack,
 * which would then stand in the state a second time: an encrypted kubeconfig too.
 */
export class DynamicProvider extends pulumi.ProviderResource {
    constructor(name: string) {
        super("pulumi-nodejs", name, {});
    }
}
