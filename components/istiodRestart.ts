import * as pulumi from "@pulumi/pulumi";
import type { IstioLeftoversArgs } from "./istioLeftovers";
import { providerLoader } from "./providerLoader";

export interface IstiodRestartArgs {
    /** How to reach the cluster. */
    readonly access: IstioLeftoversArgs;
    /** Namespace of istiod. */
    readonly namespace: string;
    /** Names of istiod's Deployments, one a revision. */
    readonly deployments: readonly string[];
    /** Who restarts it, one word: the value of the annotation. */
    readonly owner: string;
    /** Whether to restart it when the resource is made, or when it is deleted. */
    readonly when: "created" | "deleted";
}

/**
 * A restart of an istiod that somebody else has installed. An istiod that started without the secret `cacerts` does not
 * look for it again (istio/istio, pilot/pkg/bootstrap/istio_ca.go), so it has to start anew once the secret is there, and
 * again once it is gone. Two of these stand around the secret: one after it that restarts when created, one before it that
 * restarts when deleted.
 *
 * The restart is an annotation of the pod template, which the second one takes away again.
 */
export class IstiodRestart extends pulumi.CustomResource {
    constructor(name: string, args: IstiodRestartArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "pulumi-nodejs:dynamic/istio-multicluster:IstiodRestart",
            name,
            {
                ...args.access,
                namespace: args.namespace,
                deployments: args.deployments,
                owner: args.owner,
                when: args.when,
                __provider: providerLoader("components/istiodRestartProvider.ts"),
            },
            opts,
        );
    }
}
