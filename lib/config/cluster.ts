import { z } from "zod";
import { suffixesSchema } from "./suffixes";
import { cidr, text } from "./fields";

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

/** What all clusters of a mesh share, key `mesh`. */
export const meshSchema = z.strictObject({
    /** Stack that holds the mesh's certificates. */
    caStack: text.default("ca"),
    /** Domains of the mesh-wide host names; the first is that of an export or an import that names none. */
    suffixes: suffixesSchema,
    /** SPIFFE trust domain, the same in every cluster. */
    trustDomain: text.default("cluster.local"),
});
