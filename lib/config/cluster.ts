import { z } from "zod";
import { cidr, dnsLabel, dnsName, text } from "./fields";

/** Which cluster a stack installs into, key `cluster`. */
export const clusterSchema = z.strictObject({
    /** Path of a kubeconfig file, relative to the project folder. */
    kubeconfig: text,
    /** Name of a context in that file. */
    context: text,
    /** The cluster's DNS domain. */
    domain: dnsName.default("cluster.local"),
    /**
     * CIDR ranges that pods, services and nodes use beside those that the cluster itself tells of; virtual addresses are
     * kept out of them.
     */
    ranges: z.array(cidr).default([]),
});

/** What all clusters of a mesh share, key `mesh`. */
export const meshSchema = z.strictObject({
    /** Stack that holds the mesh's certificates. */
    caStack: text.default("ca"),
    /** Domain of the mesh-wide host names. */
    suffix: dnsLabel.default("global"),
    /** SPIFFE trust domain, the same in every cluster. */
    trustDomain: dnsName.default("cluster.local"),
});
