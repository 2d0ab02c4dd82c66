import type * as pulumi from "@pulumi/pulumi";
import { ExistingIstio } from "../components/existingIstio";
import { Istio } from "../components/istio";
import type { ChartDefinitions } from "../components/istioDefinitions";
import { meshNamespace } from "../lib/cluster/findings";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { revisionSettings } from "../lib/config/istio";
import { clusterInputs } from "./access";
import type { ClusterPlan } from "./plan";

/** The control plane that is used, of those that the stack installs. */
export function activePlane(istio: ClusterStackSettings["istio"]) {
    const [active] = controlPlanes(istio);
    return active;
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

/** The cluster's control plane: one that this stack installs, or the one that is there. */
export function makeIstio(
    plan: ClusterPlan,
    definitions: ChartDefinitions | undefined,
    opts: pulumi.ComponentResourceOptions,
): Istio | ExistingIstio {
    const { istio, mesh } = plan.settings;
    const { removeCrds, podSecurity } = istio;
    const { deployments, makesSystemNamespace: makeNamespace } = plan.holds;
    const access = clusterInputs(plan.settings);
    if (!istio.install || definitions === undefined) {
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
