import { z } from "zod";
import { dnsAdapters } from "../base/dnsAdapter";
import { dnsLabel, replicas, text } from "./fields";
import type { ConfigProblem } from "../base/problem";

/** Image of GlobalDns unless the configuration says otherwise: the CoreDNS that Kubernetes 1.34 ships. */
export const defaultDnsImage = "registry.k8s.io/coredns/coredns:v1.12.1";

/** Name resolution for the mesh's suffixes, key `dns`. */
export const dnsSchema = z.strictObject({
    /** How the cluster's DNS comes to know the mesh's zones; found out by default. */
    adapter: z
        .enum(dnsAdapters, {
            error: `must be ${dnsAdapters.slice(0, -1).join(", ")} or ${dnsAdapters.at(-1) ?? ""}`,
        })
        .optional(),
    /** CoreDNS image of GlobalDns. */
    image: text.default(defaultDnsImage),
    /** Number of its pods. */
    replicas,
    /** ConfigMap in kube-system that holds the zones; found out, or the adapter's usual one, by default. */
    configMap: dnsLabel.optional(),
    /** Deployment in kube-system that runs the cluster DNS; found out, or the adapter's usual one, by default. */
    deployment: dnsLabel.optional(),
});

export type DnsSettings = z.infer<typeof dnsSchema>;

/** Names of objects that the adapter does not touch. */
export function dnsProblems({ dns }: { readonly dns: DnsSettings }): readonly ConfigProblem[] {
    const { adapter } = dns;
    if (adapter !== "none" && adapter !== "sidecar") return [];
    return (["configMap", "deployment"] as const)
        .filter((key) => dns[key] !== undefined)
        .map((key) => ({
            path: `dns.${key}`,
            message: `is set, but dns.adapter is ${adapter}, which changes nothing in the cluster's DNS; remove it`,
        }));
}
