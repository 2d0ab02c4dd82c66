import * as pulumi from "@pulumi/pulumi";
import { providerLoader } from "./providerLoader";

export interface IstioLeftoversArgs {
    /** Path of the kubeconfig file, as the program's Kubernetes provider uses it. */
    readonly kubeconfig: pulumi.Input<string>;
    /** Name of the context in that file. */
    readonly context: pulumi.Input<string>;
}

/**
 * The config maps that istiod writes into every namespace, kube-system and default among them, and leaves there when it
 * goes. An update does nothing; a destroy deletes them, unless another istiod runs in the cluster, which needs them.
 *
 * istiod has to depend on this resource, so that it is gone before: it would write them again.
 */
export class IstioLeftovers extends pulumi.CustomResource {
    constructor(name: string, args: IstioLeftoversArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "pulumi-nodejs:dynamic/istio-multicluster:IstioLeftovers",
            name,
            {
                kubeconfig: args.kubeconfig,
                context: args.context,
                __provider: providerLoader("components/istioLeftoversProvider.ts"),
            },
            opts,
        );
    }
}
