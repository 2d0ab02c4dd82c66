import { z } from "zod";
import { dnsLabel, replicas } from "./fields";
import { resourcesSchema } from "./resources";

/** Which way imports leave the cluster. */
export const viaSchema = z.enum(["direct", "egress"], { error: "must be direct or egress" });

/** The egress gateway, key `egress`. It is deployed where at least one import goes through it. */
export const egressSchema = z.strictObject({
    /** Which way imports leave the cluster that don't say it themselves. */
    via: viaSchema.default("direct"),
    /** Namespace to make for the gateway. */
    namespace: dnsLabel.default("istio-egress"),
    /** Number of its pods. */
    replicas,
    /** What its proxy asks for, and may use at most. */
    resources: resourcesSchema,
});

export type Via = z.infer<typeof viaSchema>;
