import { z } from "zod";
import { dnsLabel, replicas, text } from "./fields";

/** Image of GlobalDns unless the configuration says otherwise: the CoreDNS that Kubernetes 1.34 ships. */
export const defaultDnsImage = "registry.k8s.io/coredns/coredns:v1.12.1";

/** Name resolution for the mesh's suffix, key `dns`. */
export const dnsSchema = z.strictObject({
    /** CoreDNS image of GlobalDns. */
    image: text.default(defaultDnsImage),
    replicas,
    /** ConfigMap in kube-system that holds the cluster DNS's Corefile. */
    configMap: dnsLabel.default("coredns"),
    /** Deployment in kube-system that runs the cluster DNS. */
    deployment: dnsLabel.default("coredns"),
});
