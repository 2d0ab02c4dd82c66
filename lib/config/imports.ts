import { z } from "zod";
import { viaSchema } from "./egress";
import { dnsLabel } from "./fields";
import { suffixSchema } from "./suffixes";

/** One entry of the key `imports`. */
export const importSchema = z.strictObject({
    /** Name of the service in the exporting cluster. */
    service: dnsLabel,
    /** Its namespace there. */
    namespace: dnsLabel,
    /** Suffix of its mesh-wide host, one of `mesh.suffixes`; the first of them by default. */
    suffix: suffixSchema.optional(),
    /** Stack of the exporting cluster. */
    from: dnsLabel,
    /** Which way its calls leave the cluster; `egress.via` by default. */
    via: viaSchema.optional(),
});

export type ImportSettings = z.infer<typeof importSchema>;
