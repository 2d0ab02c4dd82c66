import { z } from "zod";
import { dnsLabel } from "./fields";

/**
 * One entry of the key `exports[].allowedFrom`: the pods of one service account, of a namespace, or of a cluster. It is also
 * how an exporter consents to an import.
 */
export const callerSchema = z
    .strictObject({
        /** Cluster of the caller, by the name of its stack. Any cluster of the mesh by default. */
        cluster: dnsLabel.optional(),
        /** Namespace of the caller. Any of the cluster by default. */
        namespace: dnsLabel.optional(),
        /** Service account of the caller. Any of the namespace by default. */
        serviceAccount: dnsLabel.optional(),
    })
    .superRefine(({ cluster, namespace, serviceAccount }, context) => {
        if (cluster === undefined && namespace === undefined)
            context.addIssue({
                code: "custom",
                message:
                    "must name a cluster, a namespace or both; leave allowedFrom out to let every caller in",
            });
        else if (namespace === undefined && serviceAccount !== undefined)
            context.addIssue({
                code: "custom",
                path: ["serviceAccount"],
                message: "is set without the namespace that it is in; add that",
            });
    });

/** The key `exports[].allowedFrom`. */
export const allowedFromSchema = z
    .array(callerSchema)
    .min(1, "must name at least one caller, or be left out, which lets every caller in");

export type CallerSettings = z.infer<typeof callerSchema>;
