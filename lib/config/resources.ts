import { z } from "zod";
import { quantity } from "../base/quantity";

const amount = z
    .string()
    .refine((text) => quantity(text) !== undefined, "must be a quantity such as 500m or 128Mi");

const amounts = z.strictObject({
    /** Processor time, such as 500m. */
    cpu: amount.optional(),
    /** Memory, such as 128Mi. */
    memory: amount.optional(),
});

/** What a gateway's proxy asks for, and may use at most, as in a Kubernetes container. */
export const resourcesSchema = z
    .strictObject({
        /** What it asks for. */
        requests: amounts.default({ cpu: "50m", memory: "128Mi" }),
        /** What it may use at most. */
        limits: amounts.default({ cpu: "2", memory: "1Gi" }),
    })
    .superRefine(({ requests, limits }, context) => {
        for (const key of ["cpu", "memory"] as const) {
            const { [key]: wanted = "" } = requests;
            const { [key]: most = "" } = limits;
            // What is left out, or is no quantity, compares with nothing.
            if (!((quantity(wanted) ?? NaN) > (quantity(most) ?? NaN))) continue;
            context.addIssue({
                code: "custom",
                path: ["requests", key],
                message: `is ${wanted}, more than the limit of ${most}; lower it, or raise limits.${key}`,
            });
        }
    })
    .prefault({});

export type Resources = z.infer<typeof resourcesSchema>;
