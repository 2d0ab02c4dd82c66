import * as pulumi from "@pulumi/pulumi";
import { systemNamespace } from "../lib/config/istio";
import { type Definition, definitionsAmong } from "../lib/istio/definitions";
import { baseValues } from "../lib/istio/values";
import { baseRelease, type IstioCharts } from "./istioCharts";
import { offer } from "./offer";
import { providerLoader } from "./providerLoader";

/** Type of the resource, which states hold. */
export const definitionsType = "pulumi-nodejs:dynamic/istio-multicluster:IstioDefinitions";

export interface IstioDefinitionsArgs {
    /** The stack whose settings say where the cluster's kubeconfig is, ORGANIZATION/PROJECT/STACK. */
    readonly stack: pulumi.Input<string>;
    /** Name of the context in it. */
    readonly context: pulumi.Input<string>;
    /** Whether destroy deletes the definitions, and with them every Istio object in the cluster. */
    readonly removeCrds: boolean;
    readonly definitions: ChartDefinitions;
}

/** The resource definitions of a chart. */
export interface ChartDefinitions {
    readonly names: readonly string[];
    /** A text that changes with anything that the chart's rendering depends on. */
    readonly source: string;
    /** The definitions themselves, see {@link chartDefinitions}. Asked for only where they have to be compared or written. */
    readonly content: () => Promise<readonly Definition[]>;
}

/**
 * Istio's resource definitions, all fifteen as one resource: half a megabyte that does not pass through the engine and is not
 * in the state, which holds the versions and a hash of each. A preview says which of them change. While the chart is the same,
 * nobody looks at them.
 *
 * They are written by server-side apply. Definitions that somebody else has made (Helm, istioctl, kubectl) are taken over, but
 * for those that have versions which the chart's have not: these are left as they are. What somebody has changed or deleted is
 * seen by `--refresh`, and put back. Destroy leaves all of them, unless `removeCrds` says otherwise.
 */
export class IstioDefinitions extends pulumi.CustomResource {
    constructor(name: string, args: IstioDefinitionsArgs, opts?: pulumi.CustomResourceOptions) {
        const { definitions, ...others } = args;
        const { source, content } = definitions;
        super(
            definitionsType,
            name,
            {
                ...others,
                chart: source,
                from: offer(async () => JSON.stringify(await content())),
                __provider: providerLoader("components/istioDefinitionsProvider.ts"),
            },
            opts,
        );
    }
}

/**
 * The resource definitions that Istio's `base` chart has, as Pulumi's Kubernetes provider renders them.
 *
 * @param charts where the charts come from
 * @param revision whose istiod validates what no revision is named in; the one without a name by default
 * @throws Error with the provider's words where the chart can't be had
 */
export async function chartDefinitions(
    charts: IstioCharts,
    revision: string | undefined,
    opts: pulumi.InvokeOptions,
): Promise<readonly Definition[]> {
    const chart =
        "base" in charts
            ? { path: charts.base }
            : { chart: "base", version: charts.version, fetch_opts: { repo: charts.repository } };
    const values = baseValues(systemNamespace, revision);
    const options = { ...chart, namespace: systemNamespace, release_name: baseRelease, values };
    const { result } = (await pulumi.runtime.invoke(
        "kubernetes:helm:template",
        { jsonOpts: JSON.stringify(options) },
        opts,
    )) as { readonly result: readonly unknown[] };
    return definitionsAmong(result);
}
