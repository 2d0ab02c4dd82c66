import { z } from "zod";
import { days } from "./fields";

/** What the policies ask of a stack, key `policy`. */
export const policySchema = z.strictObject({
    /** Whether it is of a mesh that people depend on: its root is protected, and each export names its callers. */
    production: z.boolean().default(false),
    /** Whether load balancers may take connections from any address. */
    openBalancers: z.boolean().default(false),
    /** Bits that an RSA key of an authority has at least. */
    minimumRsaBits: z.int().min(2048, "must be 2048 or more").default(3072),
    /** Days that a root is valid at most. */
    maximumRootDays: days.default(3650),
    /** Days that an intermediate is valid at most. */
    maximumIntermediateDays: days.default(365),
});

export type PolicySettings = z.infer<typeof policySchema>;
