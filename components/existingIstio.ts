import * as pulumi from "@pulumi/pulumi";
import { CaCerts, type CaCertsArgs } from "./caCerts";
import { IstiodRestart } from "./istiodRestart";
import type { IstioLeftoversArgs } from "./istioLeftovers";
import { ownNamespace, type PodSecurity, stackOwner } from "./ownNamespace";

export interface ExistingIstioArgs {
    /** How to reach the cluster, as the program's Kubernetes provider does. */
    readonly access: IstioLeftoversArgs;
    /** Namespace of istiod. */
    readonly istioNamespace: string;
    /** Names of the Deployments of every istiod in that namespace; they share one certificate authority. */
    readonly deployments: readonly string[];
    /** Namespace to make for the mesh's own objects, so that nothing of the Istio that is there is touched. */
    readonly namespace: string;
    /** What the API server lets run in the mesh's namespace. */
    readonly podSecurity: PodSecurity;
    /** The cluster's certificate authority; undefined where istiod keeps the one that it has. */
    readonly ca?: Omit<CaCertsArgs, "namespace">;
}

/**
 * An Istio that somebody else has installed, made part of the mesh: its istiod gets the cluster's certificate authority,
 * and the mesh's gateway, DNS server and services get a namespace of their own. A destroy takes both away again.
 */
export class ExistingIstio extends pulumi.ComponentResource {
    /** Namespace of the mesh's own objects, once it exists. */
    readonly namespace: pulumi.Output<string>;
    /** What must be ready before objects of Istio's can be written and pods get their sidecar. */
    readonly ready: readonly pulumi.Resource[];

    constructor(name: string, args: ExistingIstioArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:ExistingIstio", name, {}, opts);
        const namespace = ownNamespace(
            `${name}-namespace`,
            { name: args.namespace, podSecurity: args.podSecurity },
            { parent: this },
        );
        this.namespace = namespace.metadata.name;
        this.ready = [namespace, ...(args.ca ? [this.changeAuthority(name, args, args.ca)] : [])];
        this.registerOutputs({ namespace: this.namespace });
    }

    /** Gives istiod another authority, which it looks for only when it starts: now, and again when this one goes. */
    private changeAuthority(
        name: string,
        args: ExistingIstioArgs,
        ca: Omit<CaCertsArgs, "namespace">,
    ): pulumi.Resource {
        const restart = {
            access: args.access,
            namespace: args.istioNamespace,
            deployments: args.deployments,
            owner: stackOwner(),
        };
        const last = new IstiodRestart(
            `${name}-restart-last`,
            { ...restart, when: "deleted" },
            { parent: this },
        );
        const caCerts = new CaCerts(
            `${name}-cacerts`,
            { namespace: args.istioNamespace, ...ca },
            { parent: this, dependsOn: last },
        );
        return new IstiodRestart(
            `${name}-restart`,
            { ...restart, when: "created" },
            { parent: this, dependsOn: caCerts },
        );
    }
}
