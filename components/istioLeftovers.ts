import * as pulumi from "@pulumi/pulumi";

export interface IstioLeftoversArgs {
    /** Path of the kubeconfig file, as the program's Kubernetes provider uses it. */
    readonly kubeconfig: pulumi.Input<string>;
    /** Name of the context in that file. */
    readonly context: pulumi.Input<string>;
}

/** What the state keeps as the provider's code; see CoreDnsStubDomain. */
const loader = `exports.handler = () => {
    const path = require("path").resolve("components/istioLeftoversProvider.ts");
    return require("tsx/cjs/api").require(path, path).provider;
};
`;

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
            { kubeconfig: args.kubeconfig, context: args.context, __provider: loader },
            opts,
        );
    }
}
