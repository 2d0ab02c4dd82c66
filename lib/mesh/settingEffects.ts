/** What comes with a change of a setting, by the beginning of its path; the longest that fits counts. */
const effects: Readonly<Record<string, string>> = {
    "ca.intermediateRenewalDays":
        "may renew intermediates now; proxies get new certificates without a restart",
    "ca.intermediateValidityDays":
        "renews every intermediate; proxies get new certificates without a restart",
    "ca.keyAlgorithm":
        "makes new keys and certificates: a change of the root goes in three steps (docs/certificates.md)",
    "ca.organization":
        "makes new certificates: a change of the root goes in three steps (docs/certificates.md)",
    "ca.protectRoot": "decides whether the root may be deleted",
    "ca.root": "another root: trust changes, in three steps (docs/certificates.md)",
    "ca.rotation": "one step from the present root to the next (docs/certificates.md)",
    "ca.makeAnew": "makes certificates whatever the clusters have",
    "cluster.context": "refused where it leads to another cluster than the one that the stack was made on",
    "cluster.domain": "other names for the gateways in the cluster",
    "cluster.kubeconfig": "refused where it leads to another cluster than the one that the stack was made on",
    "cluster.locality": "may change which cluster calls go to",
    "dns.adapter": "the cluster's own DNS is told the zone in another way",
    "dns.image": "rolls the pods of GlobalDns",
    "dns.replicas": "adds or removes pods of GlobalDns",
    dns: "changes the cluster's own DNS",
    "egress.namespace": "replaces the egress gateway",
    "egress.replicas": "adds or removes pods of the egress gateway",
    "egress.resources": "rolls the pods of the egress gateway; no call is lost",
    "gateway.replicas": "adds or removes pods of the gateway",
    "gateway.resources": "rolls the pods of the gateway; no call is lost",
    "gateway.sourceRanges": "the load balancer takes connections from other addresses",
    gateway: "the gateway moves",
    "istio.ca": "other certificates for the control plane",
    "istio.install": "makes or leaves the cluster's control plane",
    "istio.namespace": "another control plane",
    "istio.podSecurity": "other rules for the pods of istio-system",
    "istio.removeCrds":
        "decides whether destroy deletes Istio's definitions, with every Istio object of the cluster",
    "istio.revision": "another control plane: workloads change to it when they restart",
    "istio.revisions": "another control plane beside",
    istio: "replaces istiod's pods; sidecars take over what concerns them when their pods restart",
    "mesh.acceptedTrustDomains": "replaces istiod's pods; sidecars take other callers once they restart",
    "mesh.requireConsent":
        "decides whether an import needs the consent of the export's owner, and whether an export without allowedFrom is the own cluster's alone",
    "mesh.suffixes": "other names: callers have to use them",
    "mesh.trustDomain": "every workload has to restart, or its calls fail (docs/security.md)",
    policy: "other rules for what previews and updates refuse (docs/policy.md)",
    sampleApps: "only the sample applications",
};

/**
 * What comes with a change of a setting.
 *
 * @param importers clusters that call the one whose setting it is, which a moved gateway concerns
 */
export function settingEffect(path: string, importers: readonly string[]): string | undefined {
    const [found] = Object.keys(effects)
        .filter((beginning) => path === beginning || path.startsWith(`${beginning}.`))
        .sort((one, other) => other.length - one.length);
    const effect = found === undefined ? undefined : effects[found];
    return found === "gateway" && importers.length > 0
        ? `${effect ?? ""}: ${importers.join(", ")} ${importers.length === 1 ? "is" : "are"} told its new place`
        : effect;
}
