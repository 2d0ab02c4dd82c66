import * as pulumi from "@pulumi/pulumi";
import { providerLoader } from "./providerLoader";

export interface IstioLeftoversArgs {
    /** The stack whose settings say where the cluster's kubeconfig is, ORGANIZATION/PROJECT/STACK. */
    readonly stack: pulumi.Input<string>;
    /** Name of the context in it. */
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
                stack: args.stack,
                context: args.context,
                __provider: providerLoader("components/istioLeftoversProvider.ts"),
            },
            opts,
        );
    }
}
