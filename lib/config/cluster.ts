import { z } from "zod";
import { suffixesSchema } from "./suffixes";
import { cidr, dnsName, text } from "./fields";
import { kubeconfigSchema, namesContext } from "./kubeconfig";

/** Which cluster a stack installs into, key `cluster`. */
export const clusterSchema = z
    .strictObject({
        /** Where the kubeconfig comes from; as kubectl finds it where nothing says otherwise. */
        kubeconfig: kubeconfigSchema.optional(),
        /** Name of a context in it; by default the current one of a kubeconfig that is in no file. Empty until it is known. */
        context: text.default(""),
        /** The cluster's DNS domain. */
        domain: dnsName.default("cluster.local"),
        /**
         * Where the cluster is, `REGION` or `REGION/ZONE`, in the words of its nodes' labels topology.kubernetes.io/region
         * and zone. Importers that prefer near clusters need it.
         */
        locality: z
            .string()
            .regex(/^[^/\s]+(\/[^/\s]+)?$/, "must be REGION or REGION/ZONE, such as eu-west-1/eu-west-1a")
            .optional(),
        /**
         * CIDR ranges that pods, services and nodes use beside those that the cluster itself tells of; virtual addresses are
         * kept out of them.
         */
        ranges: z.array(cidr).default([]),
        /**
         * Uid of the cluster's namespace kube-system: no other cluster is written to. Needed where the cluster was rebuilt or
         * moved, to say that the new one is meant.
         */
        uid: text.optional(),
        /** Whether what the cluster has of this stack, but its state does not know, is taken over. For one update. */
        adopt: z.boolean().default(false),
    })
    .refine(namesContext, {
        path: ["context"],
        message: "is missing; it must be a text",
        // Said beside whatever else is wrong.
        when: ({ value, issues }) =>
            typeof value === "object" && !issues.some(({ path = [] }) => path[0] === "context"),
    });

/** What this cluster has in common with the others of its mesh, key `mesh`. */
export const meshSchema = z.strictObject({
    /** Stack that holds the mesh's certificates. */
    caStack: text.default("ca"),
    /** Domains of the mesh-wide host names; the first is that of an export or an import that names none. */
    suffixes: suffixesSchema,
    /** SPIFFE trust domain of this cluster's identities. */
    trustDomain: dnsName.default("cluster.local"),
    /** Trust domains of other clusters whose callers this cluster's workloads take. Its own is always among them. */
    acceptedTrustDomains: z.array(dnsName).default([]),
    /** Whether other clusters may import only what an export's `allowedFrom` admits them to. */
    requireConsent: z.boolean().default(false),
});
