import * as pulumi from "@pulumi/pulumi";
import { ExistingIstio } from "../components/existingIstio";
import { Istio } from "../components/istio";
import { readDefinitions } from "../kube/definitions";
import { answerSeconds, type ClusterAccess } from "../kube/kubectl";
import { meshNamespace } from "../lib/cluster/findings";
import { revisionSettings } from "../lib/config/istio";
import { claimsOf, claimTexts } from "../lib/istio/definitions";
import type { ClusterPlan } from "./plan";

/** The cluster's control plane: one that this stack installs, or the one that is there. */
export function makeIstio(plan: ClusterPlan, opts: pulumi.ComponentResourceOptions): Istio | ExistingIstio {
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
    const [active, ...others] = revisionSettings(istio).map(({ charts, version, ...plane }) => ({
        ...plane,
        dnsCapture: plan.dns.adapter === "sidecar",
        charts: charts ?? { repository: istio.repository, version },
    }));
    if (active === undefined) throw new Error("There is no control plane to install.");
    const { trustDomain, acceptedTrustDomains } = mesh;
    const installed = new Istio(
        "istio",
        {
            ...active,
            others,
            cluster: plan.name,
            trustDomain,
            acceptedTrustDomains,
            access,
            makeNamespace,
            podSecurity,
            ca: plan.ca.secret,
            removeCrds,
            releasesDefinitions: plan.releasesDefinitions,
        },
        opts,
    );
    if (plan.isNew) sayClaims(access, installed);
    return installed;
}

/** Says which of Istio's definitions somebody else has made, and what becomes of them. */
function sayClaims(access: ClusterAccess, { definitions }: Istio): void {
    definitions.apply(async (wanted) => {
        const names = wanted.map(({ metadata }) => metadata.name);
        const found = await readDefinitions(access, names, answerSeconds);
        for (const text of claimTexts(claimsOf(wanted, found))) await pulumi.log.warn(text);
    });
}
