import type * as pulumi from "@pulumi/pulumi";
import { ExistingIstio } from "../components/existingIstio";
import { Istio } from "../components/istio";
import { type ClusterFindings, meshNamespace } from "../lib/cluster/findings";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { revisionSettings } from "../lib/config/istio";
import type { ClusterCa } from "./clusterCa";

/** The cluster's control plane: one that this stack installs, or the one that is there. */
export function makeIstio(
    name: string,
    { cluster, istio, mesh }: ClusterStackSettings,
    { ca, holds, dnsCapture }: { ca: ClusterCa; holds: ClusterFindings; dnsCapture: boolean },
    opts: pulumi.ComponentResourceOptions,
): Istio | ExistingIstio {
    const { removeCrds, podSecurity } = istio;
    const { deployments, makesSystemNamespace: makeNamespace } = holds;
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
                ca: ca.secret,
            },
            opts,
        );
    }
    const [active, ...others] = revisionSettings(istio).map(({ charts, version, ...plane }) => ({
        ...plane,
        dnsCapture,
        charts: charts ?? { repository: istio.repository, version },
    }));
    if (active === undefined) throw new Error("There is no control plane to install.");
    const { trustDomain, acceptedTrustDomains } = mesh;
    return new Istio(
        "istio",
        {
            ...active,
            others,
            cluster: name,
            trustDomain,
            acceptedTrustDomains,
            access,
            makeNamespace,
            podSecurity,
            ca: ca.secret,
            removeCrds,
        },
        opts,
    );
}
