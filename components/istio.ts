import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { systemNamespace } from "../lib/config/istio";
import { baseValues, istiodValues, type Values } from "../lib/istio/values";
import { revisionSuffix, unnamedRevision } from "../lib/istio/revisions";
import { CaCerts, type CaCertsArgs } from "./caCerts";
import { baseRelease, chartSource, type IstioCharts } from "./istioCharts";
import { type ChartDefinitions, IstioDefinitions } from "./istioDefinitions";
import { IstiodAnswers } from "./istiodAnswers";
import { IstioLeftovers, type IstioLeftoversArgs } from "./istioLeftovers";
import { deleteInTime, ownNamespace, type PodSecurity, stackOwner } from "./ownNamespace";

/** One control plane. */
export interface ControlPlane {
    /** Its revision; `default`, by default, is the one without a name. */
    readonly revision?: string;
    readonly charts: IstioCharts;
    /** Image hub; the charts' own by default. */
    readonly hub?: string;
    /** Image tag; the charts' own by default. */
    readonly tag?: string;
    /** Whether sidecars answer DNS questions for the mesh's hosts. */
    readonly dnsCapture?: boolean;
    /** Values for the istiod chart, laid over the project's own. */
    readonly values: Values;
}

/** The control plane that gateways and samples use, and what all of them share. */
export interface IstioArgs extends ControlPlane {
    /** Name of the cluster, which istiod reports as its own. */
    readonly cluster: string;
    /** How to reach the cluster, as the program's Kubernetes provider does. */
    readonly access: IstioLeftoversArgs;
    /** SPIFFE trust domain of the mesh's identities, such as `cluster.local`. */
    readonly trustDomain: string;
    /** Trust domains of other clusters whose callers the cluster's workloads take; none by default. */
    readonly acceptedTrustDomains?: readonly string[];
    /** Further control planes, with revisions of their own; none by default. */
    readonly others?: readonly ControlPlane[];
    /** Whether to make the namespace, rather than use one that somebody else has made. True by default. */
    readonly makeNamespace?: boolean;
    /** What the API server lets run in the namespace; whatever the cluster's own default is without it. */
    readonly podSecurity?: PodSecurity;
    /** The cluster's certificate authority; undefined where its Secret is there already. */
    readonly ca?: Omit<CaCertsArgs, "namespace" | "goesWith">;
    /** The resource definitions that the base chart has, see {@link chartDefinitions}. */
    readonly definitions: ChartDefinitions;
    /** Whether destroy also deletes Istio's resource definitions, and with them every Istio object in the cluster. */
    readonly removeCrds: boolean;
    /**
     * Whether the state has the definitions as fifteen resources of the chart, some of which a destroy would delete. They stay
     * in the chart once more, marked to be kept, before the next update forgets them. False by default.
     */
    readonly releasesDefinitions?: boolean;
}

/**
 * Istio's control plane in one cluster: the namespace istio-system, the certificate authority, the resource definitions
 * and istiod, once for each revision. The definitions are one resource; every other object of the charts is a resource of its
 * own, so a preview shows each.
 */
export class Istio extends pulumi.ComponentResource {
    /** The namespace `istio-system`, once it exists. */
    readonly namespace: pulumi.Output<string>;
    /** What must be ready before objects of Istio's can be written and pods get their sidecar. */
    readonly ready: readonly pulumi.Resource[];

    constructor(name: string, args: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-multicluster:index:Istio", name, {}, opts);
        const namespace =
            args.makeNamespace === false
                ? undefined
                : ownNamespace(
                      `${name}-namespace`,
                      { name: systemNamespace, podSecurity: args.podSecurity },
                      { parent: this },
                  );
        const inNamespace = namespace === undefined ? [] : [namespace];
        this.namespace = namespace?.metadata.name ?? pulumi.output(systemNamespace);
        const caCerts =
            args.ca &&
            new CaCerts(
                `${name}-cacerts`,
                { namespace: this.namespace, goesWith: namespace, ...args.ca },
                { parent: this },
            );
        const leftovers = new IstioLeftovers(`${name}-leftovers`, args.access, { parent: this });
        const isInChart = args.releasesDefinitions === true;
        const excluded = isInChart ? [] : args.definitions.names;
        const base = new k8s.helm.v4.Chart(
            `${name}-base`,
            {
                ...chartSource("base", args.charts),
                name: baseRelease,
                namespace: systemNamespace,
                values: baseValues(systemNamespace, args.revision, excluded),
                // Charts of before Istio 1.23 have the definitions where no value reaches them.
                ...(!isInChart && { skipCrds: true }),
                // Resource definitions are usable long before the provider has watched each become established.
                skipAwait: true,
            },
            { parent: this, dependsOn: inNamespace },
        );
        const definitions = new IstioDefinitions(
            `${name}-definitions`,
            { ...args.access, removeCrds: args.removeCrds, definitions: args.definitions },
            { parent: this, dependsOn: isInChart ? [base] : [] },
        );
        const istiods = [args, ...(args.others ?? [])].map((plane) => {
            const { revision = unnamedRevision, charts, hub, tag, dnsCapture, values } = plane;
            const suffix = revisionSuffix(revision);
            return new k8s.helm.v4.Chart(
                `${name}-istiod${suffix}`,
                {
                    ...chartSource("istiod", charts),
                    name: `istiod${suffix}`,
                    namespace: systemNamespace,
                    values: istiodValues({
                        cluster: args.cluster,
                        trustDomain: args.trustDomain,
                        acceptedTrustDomains: args.acceptedTrustDomains,
                        namespace: systemNamespace,
                        revision,
                        owner: stackOwner(),
                        hub,
                        tag,
                        dnsCapture,
                        values,
                    }),
                },
                // Not after the resource definitions: istiod waits for those that it needs by itself.
                {
                    parent: this,
                    dependsOn: [...inNamespace, ...(caCerts ? [caCerts] : []), leftovers],
                    transforms: [skipServiceAwait, limitDelete],
                },
            );
        });
        this.ready = [
            new IstiodAnswers(
                `${name}-answers`,
                { ...args.access, namespace: systemNamespace },
                { parent: this, dependsOn: [definitions, base, ...istiods] },
            ),
        ];
        this.registerOutputs({ namespace: this.namespace });
    }
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

/** Ends the wait for istiod's pods to go, which is the longest of a destroy, before the provider's own ten minutes. */
function limitDelete(args: pulumi.ResourceTransformArgs): pulumi.ResourceTransformResult | undefined {
    if (args.type !== "kubernetes:apps/v1:Deployment") return undefined;
    return { props: args.props, opts: { ...args.opts, ...deleteInTime } };
}

/** Annotation by which the Kubernetes provider does not wait for an object to become ready. */
export const skipAwait = { "pulumi.com/skipAwait": "true" } as const;
