import type { DnsSettings } from "../config/dns";
import { parseCorefile } from "./corefileSyntax";
import { dnsAdapters, type StubAdapter } from "../base/dnsAdapter";

/** A cluster's way, with the objects in kube-system that belong to it. */
export type ClusterDns =
    | { readonly adapter: "none" | "sidecar" }
    | { readonly adapter: StubAdapter; readonly configMap: string; readonly deployment: string };

/** What the namespace kube-system has of DNS servers. */
export interface DnsFacts {
    /** The Corefile of each ConfigMap by its name; undefined for one that holds none. */
    readonly configMaps: ReadonlyMap<string, string | undefined>;
    readonly deployments: readonly {
        readonly name: string;
        /** ConfigMaps that its pods mount. */
        readonly configMaps: readonly string[];
        /** Pods that it should have. */
        readonly replicas: number;
    }[];
}

/** A cluster DNS, or a sentence that says why there is no telling which, and what to do. */
export type DnsChoice = { readonly dns: ClusterDns } | { readonly problem: string };

/** Names that the adapters' objects usually have. */
const usualNames: Readonly<Record<StubAdapter, { readonly configMap: string; readonly deployment: string }>> =
    {
        coredns: { configMap: "coredns", deployment: "coredns" },
        "coredns-custom": { configMap: "coredns-custom", deployment: "coredns" },
        "kube-dns": { configMap: "kube-dns", deployment: "kube-dns" },
    };

/** The cluster DNS that the settings name, without a look at the cluster; undefined where they leave it open. */
export function namedDns({ adapter, configMap, deployment }: DnsSettings): ClusterDns | undefined {
    if (adapter === undefined) return undefined;
    if (adapter === "none" || adapter === "sidecar") return { adapter };
    return withNames(adapter, { configMap, deployment }, usualNames[adapter]);
}

/** The cluster DNS to assume in a preview that can't reach the cluster: what most clusters have. */
export function usualDns({ configMap, deployment }: DnsSettings): ClusterDns {
    return withNames("coredns", { configMap, deployment }, usualNames.coredns);
}

function withNames(
    adapter: StubAdapter,
    given: { readonly configMap?: string | undefined; readonly deployment?: string | undefined },
    others: { readonly configMap: string; readonly deployment: string },
): ClusterDns {
    return {
        adapter,
        configMap: given.configMap ?? others.configMap,
        deployment: given.deployment ?? others.deployment,
    };
}

/** One server that could be the cluster's DNS. */
interface Candidate {
    readonly dns: Extract<ClusterDns, { readonly configMap: string }>;
    readonly seen: string;
    /** Why it is not certain that this is the way. */
    readonly doubt?: string;
}

/** Name of NodeLocal DNSCache's ConfigMap. */
const nodeLocal = "node-local-dns";

/**
 * Finds out which DNS a cluster has. A CoreDNS is a Deployment that mounts a ConfigMap with a Corefile; it takes further
 * zones from `coredns-custom` where its Corefile imports `*.server` and it mounts that ConfigMap, as on AKS and k3s.
 *
 * Only what is certain is taken: one server, whose configuration is known to count.
 */
export function detectDns({ configMap, deployment }: DnsSettings, facts: DnsFacts): DnsChoice {
    const candidates = candidatesOf(facts).filter(
        ({ dns }) =>
            (deployment === undefined || dns.deployment === deployment) &&
            (configMap === undefined || dns.configMap === configMap),
    );
    const cached = facts.configMaps.has(nodeLocal);
    const [only, ...others] = candidates;
    const certain =
        only !== undefined &&
        others.length === 0 &&
        only.doubt === undefined &&
        !(cached && only.dns.adapter !== "kube-dns");
    if (certain) return { dns: only.dns };
    const seen = [
        ...candidates.map((candidate) =>
            candidate.doubt === undefined ? candidate.seen : `${candidate.seen}, ${candidate.doubt}`,
        ),
        ...(cached
            ? [`NodeLocal DNSCache (ConfigMap ${nodeLocal}), which may not ask the cluster's DNS`]
            : []),
    ];
    const named = [
        ...(configMap === undefined ? [] : [`dns.configMap ${configMap}`]),
        ...(deployment === undefined ? [] : [`dns.deployment ${deployment}`]),
    ];
    const fitting = named.length === 0 ? "" : ` that fits ${named.join(" and ")}`;
    const found = seen.length === 0 ? `neither a CoreDNS nor kube-dns${fitting}` : seen.join("; ");
    return {
        problem:
            `which DNS this cluster has is not certain: kube-system has ${found}. ` +
            `Set dns.adapter to ${dnsAdapters.slice(0, -1).join(", ")} or ${dnsAdapters.at(-1) ?? ""}; docs/dns.md says which`,
    };
}

function candidatesOf({ configMaps, deployments }: DnsFacts): readonly Candidate[] {
    return deployments.flatMap(({ name, configMaps: mounted, replicas }): Candidate[] => {
        // GKE scales kube-dns down where Cloud DNS answers in its place.
        const idle = replicas === 0 ? { doubt: "which runs no pod" } : {};
        const holder = mounted.find((candidate) => configMaps.get(candidate) !== undefined);
        const corefile = holder === undefined ? undefined : configMaps.get(holder);
        if (holder !== undefined && corefile !== undefined)
            return [{ ...coreDns(name, holder, corefile, mounted), ...idle }];
        const { deployment, configMap } = usualNames["kube-dns"];
        return name === deployment
            ? [
                  {
                      dns: { adapter: "kube-dns", configMap, deployment },
                      seen: `kube-dns (Deployment ${name})`,
                      ...idle,
                  },
              ]
            : [];
    });
}

function coreDns(
    deployment: string,
    holder: string,
    corefile: string,
    mounted: readonly string[],
): Candidate {
    const seen = `CoreDNS (Deployment ${deployment}, Corefile in ConfigMap ${holder})`;
    const { configMap } = usualNames["coredns-custom"];
    if (!importsServers(corefile))
        return { dns: { adapter: "coredns", configMap: holder, deployment }, seen };
    const dns = { adapter: "coredns-custom", configMap, deployment } as const;
    return mounted.includes(configMap)
        ? { dns, seen }
        : { dns, seen, doubt: `which imports *.server but does not mount ConfigMap ${configMap}` };
}

/** Whether a Corefile imports whole server blocks: `import DIRECTORY/*.server` outside of any block. */
function importsServers(corefile: string): boolean {
    let outside = corefile;
    try {
        for (const { start, end } of parseCorefile(corefile)) {
            outside = outside.slice(0, start) + " ".repeat(end - start) + outside.slice(end);
        }
    } catch {
        // What can't be parsed is refused where it is to be edited.
        return false;
    }
    return /^\s*import\s+\S*\*\.server\s*(#.*)?$/m.test(outside);
}
