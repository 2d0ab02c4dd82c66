import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { baseValues, istiodValues, type Values } from "../lib/istioValues";
import { CaCerts, type CaCertsArgs } from "./caCerts";
import { IstioLeftovers, type IstioLeftoversArgs } from "./istioLeftovers";

/** Where Istio's charts come from: a Helm repository, or folders. */
export type IstioCharts =
    | { readonly repository: string; readonly version: string }
    | { readonly base: string; readonly istiod: string };

export interface IstioArgs {
    /** Name of the cluster, which istiod reports as its own. */
    readonly cluster: string;
    /** How to reach the cluster, as the program's Kubernetes provider does. */
    readonly access: IstioLeftoversArgs;
    /** SPIFFE trust domain of the mesh's identities, such as `cluster.local`. */
    readonly trustDomain: string;
    readonly charts: IstioCharts;
    /** Image hub; the charts' own by default. */
    readonly hub?: string;
    /** Image tag; the charts' own by default. */
    readonly tag?: string;
    /** Values for the istiod chart, laid over the project's own. */
    readonly values: Values;
    /** The cluster's certificate authority; undefined where its Secret is there already. */
    readonly ca?: Omit<CaCertsArgs, "namespace">;
    /** Whether destroy also deletes Istio's resource definitions, and with them every Istio object in the cluster. */
    readonly removeCrds: boolean;
}

const systemNamespace = "istio-system";

/**
 * Istio's control plane in one cluster: the namespace istio-system, the certificate authority, the resource definitions
 * and istiod. Every object of the charts is a resource of its own, so a preview shows each.
 */
export class Istio extends pulumi.ComponentResource {
    /** The namespace `istio-system`, once it exists. */
    readonly namespace: pulumi.Output<string>;
    /** What must be ready before objects of Istio's can be written and pods get their sidecar. */
    readonly ready: readonly pulumi.Resource[];

    constructor(name: string, args: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:Istio", name, {}, opts);
        const namespace = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            { metadata: { name: systemNamespace } },
            { parent: this },
        );
        this.namespace = namespace.metadata.name;
        const caCerts =
            args.ca &&
            new CaCerts(`${name}-cacerts`, { namespace: this.namespace, ...args.ca }, { parent: this });
        const leftovers = new IstioLeftovers(`${name}-leftovers`, args.access, { parent: this });
        const chart = (role: "base" | "istiod") =>
            "base" in args.charts
                ? { chart: args.charts[role] }
                : {
                      chart: role,
                      version: args.charts.version,
                      repositoryOpts: { repo: args.charts.repository },
                  };
        const base = new k8s.helm.v4.Chart(
            `${name}-base`,
            {
                ...chart("base"),
                name: "istio-base",
                namespace: systemNamespace,
                values: baseValues(systemNamespace),
                // Resource definitions are usable long before the provider has watched each become established.
                skipAwait: true,
            },
            { parent: this, dependsOn: namespace, transforms: args.removeCrds ? [deleteKept] : [] },
        );
        const istiod = new k8s.helm.v4.Chart(
            `${name}-istiod`,
            {
                ...chart("istiod"),
                name: "istiod",
                namespace: systemNamespace,
                values: istiodValues({
                    cluster: args.cluster,
                    trustDomain: args.trustDomain,
                    namespace: systemNamespace,
                    hub: args.hub,
                    tag: args.tag,
                    values: args.values,
                }),
            },
            // Not after the resource definitions: istiod waits for those that it needs by itself.
            {
                parent: this,
                dependsOn: [namespace, ...(caCerts ? [caCerts] : []), leftovers],
                transforms: [skipServiceAwait],
            },
        );
        this.ready = [base, istiod];
        this.registerOutputs({ namespace: this.namespace });
    }
}

/** Lets destroy delete what the chart marks to be kept. */
function deleteKept(args: pulumi.ResourceTransformArgs): pulumi.ResourceTransformResult {
    return { props: args.props, opts: { ...args.opts, retainOnDelete: false } };
}

/**
 * Marks Services as done once they are written. The provider would wait for their endpoints to settle, ten seconds and
 * more after the Deployment behind them is ready, which is waited for anyway.
 */
function skipServiceAwait(args: pulumi.ResourceTransformArgs): pulumi.ResourceTransformResult | undefined {
    if (args.type !== "kubernetes:core/v1:Service") return undefined;
    const metadata = args.props["metadata"] as { readonly annotations?: Readonly<Record<string, string>> };
    return {
        props: {
            ...args.props,
            metadata: { ...metadata, annotations: { ...metadata.annotations, ...skipAwait } },
        },
        opts: args.opts,
    };
}

/** Annotation by which the Kubernetes provider does not wait for an object to become ready. */
export const skipAwait = { "pulumi.com/skipAwait": "true" } as const;
