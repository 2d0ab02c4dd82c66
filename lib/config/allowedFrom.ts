import { z } from "zod";
import { dnsLabel } from "./fields";

/** One entry of the key `exports[].allowedFrom`: the pods of one service account. */
export const callerSchema = z.strictObject({
    /** Cluster of the caller, by the name of its stack. Any cluster of the mesh by default. */
    cluster: dnsLabel.optional(),
    /** Namespace of the caller. */
    namespace: dnsLabel,
    /** Service account of the caller. */
    serviceAccount: dnsLabel,
});

/** The key `exports[].allowedFrom`. */
export const allowedFromSchema = z
    .array(callerSchema)
    .min(1, "must name at least one caller, or be left out, which lets every caller in");

export type CallerSettings = z.infer<typeof callerSchema>;
