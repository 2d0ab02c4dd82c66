import * as pulumi from "@pulumi/pulumi";
import { ExistingIstio } from "../components/existingIstio";
import { Istio } from "../components/istio";
import type { IstioCharts } from "../components/istioCharts";
import { chartDefinitions } from "../components/istioDefinitions";
import { readDefinitions } from "../kube/definitions";
import { answerSeconds, type ClusterAccess, KubectlError } from "../kube/kubectl";
import { meshNamespace } from "../lib/cluster/findings";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { revisionSettings } from "../lib/config/istio";
import { claimsOf, claimTexts, type Definition } from "../lib/istio/definitions";
import type { ClusterPlan } from "./plan";
import { refusal } from "./refusal";

/**
 * The resource definitions of the Istio that the stack installs; none where it installs none.
 *
 * @throws pulumi.RunError where its chart can't be had, before the first write
 */
export async function renderDefinitions(
    { name, isNew, settings: { cluster, istio } }: ClusterPlan,
    provider: pulumi.ProviderResource,
): Promise<readonly Definition[]> {
    if (!istio.install) return [];
    const [active] = controlPlanes(istio);
    const definitions = await chartDefinitions(active.charts, active.revision, { provider }).catch(
        (error: unknown) => {
            throw refusal(name, [chartProblem(active.charts, error)]);
        },
    );
    if (isNew) await sayClaims(cluster, definitions);
    return definitions;
}

/** The control planes that the stack installs, with their charts; the one that is used comes first. */
function controlPlanes(istio: ClusterStackSettings["istio"]) {
    const [active, ...others] = revisionSettings(istio).map(({ charts, version, ...plane }) => ({
        ...plane,
        charts: charts ?? { repository: istio.repository, version },
    }));
    if (active === undefined) throw new Error("There is no control plane to install.");
    return [active, ...others] as const;
}

/** What is wrong with a chart, in the provider's words. */
function chartProblem(charts: IstioCharts, error: unknown): string {
    const [where, what] =
        "base" in charts
            ? [charts.base, "istio.charts.base"]
            : [`${charts.repository}, version ${charts.version}`, "istio.repository and istio.version"];
    const words = error instanceof Error ? error.message : String(error);
    const reason = words.replace(/^.*failed to generate YAML for specified Helm chart: /s, "");
    return `Istio's chart "base" (${where}) can't be had: ${reason}; see ${what}`;
}

/** The cluster's control plane: one that this stack installs, or the one that is there. */
export function makeIstio(
    plan: ClusterPlan,
    definitions: readonly Definition[],
    opts: pulumi.ComponentResourceOptions,
): Istio | ExistingIstio {
    const { cluster, istio, mesh } = plan.settings;
    const { removeCrds, podSecurity } = istio;
    const { deployments, makesSystemNamespace: makeNamespace } = plan.holds;
    const access = { kubeconfig: cluster.kubeconfig, context: cluster.context };
    if (!istio.install) {
        return new ExistingIstio(
            "istio",
            {
                access,
                istioNamespace: istio.namespace,
                deployments,
                namespace: meshNamespace,
                podSecurity,
                ca: plan.ca.secret,
            },
            opts,
        );
    }
    const dnsCapture = plan.dns.adapter === "sidecar";
    const [active, ...others] = controlPlanes(istio);
    const { trustDomain, acceptedTrustDomains } = mesh;
    return new Istio(
        "istio",
        {
            ...active,
            dnsCapture,
            others: others.map((plane) => ({ ...plane, dnsCapture })),
            cluster: plan.name,
            trustDomain,
            acceptedTrustDomains,
            access,
            makeNamespace,
            podSecurity,
            ca: plan.ca.secret,
            definitions,
            removeCrds,
            releasesDefinitions: plan.releasesDefinitions,
        },
        opts,
    );
}

/** Says which of Istio's definitions somebody else has made, and what becomes of them. */
async function sayClaims(access: ClusterAccess, wanted: readonly Definition[]): Promise<void> {
    const names = wanted.map(({ metadata }) => metadata.name);
    const found = await readDefinitions(access, names, answerSeconds).catch((error: unknown) => {
        // Who may not look at them now is told so by the update, which has to.
        if (error instanceof KubectlError) return new Map<string, Definition>();
        throw error;
    });
    for (const text of claimTexts(claimsOf(wanted, found))) await pulumi.log.warn(text);
}
