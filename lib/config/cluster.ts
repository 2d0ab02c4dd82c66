import { z } from "zod";
import { cidr, dnsLabel, text } from "./fields";

/** Which cluster a stack installs into, key `cluster`. */
export const clusterSchema = z.strictObject({
    /** Path of a kubeconfig file, relative to the project folder. */
    kubeconfig: text,
    /** Name of a context in that file. */
    context: text,
    /** The cluster's DNS domain. */
    domain: text.default("cluster.local"),
    /** CIDR ranges of the cluster's pods, services and nodes; virtual addresses are kept out of them. */
    ranges: z.array(cidr).default([]),
});

/** A SPIFFE trust domain, as Istio takes it. */
const trustDomain = z
    .string()
    .regex(
        /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/,
        "must be a trust domain such as cluster1.example.com: DNS labels, joined by dots",
    );

/** What this cluster has in common with the others of its mesh, key `mesh`. */
export const meshSchema = z.strictObject({
    /** Stack that holds the mesh's certificates. */
    caStack: text.default("ca"),
    /** Domain of the mesh-wide host names. */
    suffix: dnsLabel.default("global"),
    /** SPIFFE trust domain of this cluster's identities. */
    trustDomain: trustDomain.default("cluster.local"),
    /** Trust domains of other clusters whose callers this cluster's workloads take. Its own is always among them. */
    acceptedTrustDomains: z.array(trustDomain).default([]),
});
