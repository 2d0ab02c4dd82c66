import { z } from "zod";
import { days, dnsLabel, duplicates, text } from "./fields";

/** Settings of the certificate stack, key `ca`. */
export const caSchema = z
    .strictObject({
        /** Names of the clusters, which are the names of their stacks. Each gets an intermediate CA. */
        clusters: z.array(dnsLabel).min(1, "must name at least one cluster"),
        /** Key type of the root and of the intermediates. `ECDSA-P256` by default; `RSA-4096` for old clients. */
        keyAlgorithm: z
            .enum(["ECDSA-P256", "RSA-4096"], { error: "must be ECDSA-P256 or RSA-4096" })
            .default("ECDSA-P256"),
        /** Organization in the subject of every CA certificate. */
        organization: text.default("Istio"),
        /** Days that the root is valid. The root is never renewed by itself: 3650, as in Istio's own certificate tool. */
        rootValidityDays: days.default(3650),
        /** Days that an intermediate is valid. */
        intermediateValidityDays: days.default(365),
        /** Days before its end from which on an update renews an intermediate. */
        intermediateRenewalDays: days.default(90),
        /** Whether Pulumi refuses to delete or replace the root key and the root certificate. */
        protectRoot: z.boolean().default(true),
    })
    .superRefine((ca, context) => {
        for (const name of duplicates(ca.clusters)) {
            context.addIssue({
                code: "custom",
                path: ["clusters"],
                message: `names "${name}" more than once; remove one`,
            });
        }
        if (ca.intermediateValidityDays > ca.rootValidityDays) {
            context.addIssue({
                code: "custom",
                path: ["intermediateValidityDays"],
                message: `is ${ca.intermediateValidityDays}, longer than the root's ${ca.rootValidityDays}; lower it`,
            });
        }
        if (ca.intermediateRenewalDays >= ca.intermediateValidityDays) {
            context.addIssue({
                code: "custom",
                path: ["intermediateRenewalDays"],
                message: `is ${ca.intermediateRenewalDays}, so every update would renew a certificate of ${ca.intermediateValidityDays} days; lower it`,
            });
        }
    });

export type CaSettings = z.infer<typeof caSchema>;
