import * as pulumi from "@pulumi/pulumi";
import type { IstioLeftoversArgs } from "./istioLeftovers";
import { providerLoader } from "./providerLoader";

export interface IstiodAnswersArgs extends IstioLeftoversArgs {
    /** Namespace in which objects of Istio's may be tried. */
    readonly namespace: string;
}

/**
 * The moment from which the API server takes objects of Istio's: it asks istiod about each, and refuses what it can't ask
 * about. That is a little later than istiod's Deployment is ready. It has to be after istiod and the resource definitions.
 *
 * An update after the first one does nothing, nor does a destroy.
 */
export class IstiodAnswers extends pulumi.CustomResource {
    constructor(name: string, args: IstiodAnswersArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "pulumi-nodejs:dynamic/istio-multicluster:IstiodAnswers",
            name,
            { ...args, __provider: providerLoader("components/istiodAnswersProvider.ts") },
            opts,
        );
    }
}
