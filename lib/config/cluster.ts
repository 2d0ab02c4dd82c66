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
    /**
     * Where the cluster is, `REGION` or `REGION/ZONE`, in the words of its nodes' labels topology.kubernetes.io/region
     * and zone. Importers that prefer near clusters need it.
     */
    locality: z
        .string()
        .regex(/^[^/\s]+(\/[^/\s]+)?$/, "must be REGION or REGION/ZONE, such as eu-west-1/eu-west-1a")
        .optional(),
    /** CIDR ranges of the cluster's pods, services and nodes; virtual addresses are kept out of them. */
    ranges: z.array(cidr).default([]),
});

/** What all clusters of a mesh share, key `mesh`. */
export const meshSchema = z.strictObject({
    /** Stack that holds the mesh's certificates. */
    caStack: text.default("ca"),
    /** Domain of the mesh-wide host names. */
    suffix: dnsLabel.default("global"),
    /** SPIFFE trust domain, the same in every cluster. */
    trustDomain: text.default("cluster.local"),
});
