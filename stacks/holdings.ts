import { stackOwner } from "../components/ownNamespace";
import { readDnsFacts } from "../kube/clusterDnsFacts";
import { isUnreachable, KubectlError } from "../kube/kubectl";
import { readExistingIstio, readIstiods, readNamespaces } from "../kube/meshFacts";
import { type ClusterFindings, clusterFindings } from "../lib/cluster/findings";
import type { ClusterStackSettings } from "../lib/config/clusterStack";
import { detectDns, type DnsChoice, namedDns, usualDns } from "../lib/dns/adapter";

/** What the cluster holds already that decides whether this stack can work there. */
export async function readHoldings(settings: ClusterStackSettings): Promise<ClusterFindings> {
    const { cluster } = settings;
    const { install, namespace, revision } = settings.istio;
    try {
        const [namespaces, istiods, existing] = await Promise.all([
            readNamespaces(cluster),
            readIstiods(cluster),
            install ? undefined : readExistingIstio(cluster, namespace, revision),
        ]);
        return clusterFindings(settings, { namespaces, istiods, existing }, stackOwner());
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        // Of a cluster that does not answer, what else is read of it says so.
        const problems = isUnreachable(error) ? [] : [`the cluster can't be looked at: ${error.detail}`];
        return {
            problems,
            warnings: [],
            deployments: [],
            makesSystemNamespace: true,
            ours: [],
            namespaces: [],
        };
    }
}

/** Seconds that the cluster may take to say what it has of DNS servers. */
const dnsPatienceSeconds = 20;

/** The cluster's DNS: the one that the settings name, or the one that the cluster turns out to have. */
export async function chooseDns(name: string, { cluster, dns }: ClusterStackSettings): Promise<DnsChoice> {
    const named = namedDns(dns);
    if (named !== undefined) return { dns: named };
    try {
        return detectDns(dns, await readDnsFacts(cluster, dnsPatienceSeconds));
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        // Of a cluster that does not answer, what else is read of it says so.
        if (isUnreachable(error)) return { dns: usualDns(dns) };
        return {
            problem:
                `the cluster DNS of "${name}" can't be looked at: ${error.detail}; set dns.adapter in ` +
                `Pulumi.${name}.yaml, which makes that needless, or allow it`,
        };
    }
}
