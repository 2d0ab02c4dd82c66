import { z } from "zod";
import { viaSchema } from "./egress";
import { dnsLabel, duplicates, text } from "./fields";
import { suffixSchema } from "./suffixes";

/** A length of time as Istio writes it. */
const duration = z.string().regex(/^[1-9]\d*(ms|s|m|h)$/, "must be a duration such as 500ms, 30s or 2m");
const count = z.int().min(0, "must be 0 (never) or more");

/** When endpoints count as broken and are left out for a while; the fields of Istio's OutlierDetection. */
const outlierDetectionSchema = z.strictObject({
    /** Connections in a row that could not be made, or TLS handshakes that failed. */
    consecutiveLocalOriginFailures: z.int().min(1, "must be at least 1").optional(),
    /** Answers 502, 503 or 504 in a row; 0 for never. */
    consecutiveGatewayErrors: count.optional(),
    /** Answers of 500 and above in a row; 0 for never. */
    consecutive5xxErrors: count.optional(),
    /** How often endpoints that were left out are looked at. */
    interval: duration.optional(),
    /** How long an endpoint is left out the first time. */
    baseEjectionTime: duration.optional(),
    /** Percentage of the endpoints that may be left out at once. */
    maxEjectionPercent: z.int().min(1, "must be from 1 to 100").max(100, "must be from 1 to 100").optional(),
});

/** One rule that sends calls to versions of an imported service. */
const routeSchema = z.strictObject({
    /** Headers that a call must have, by name, each with its exact value. Every call by default. */
    headers: z.record(text, text).default({}),
    /** Share of each subset, by its name. Shares are relative: `{v1: 9, v2: 1}` is a tenth for v2. */
    to: z
        .record(z.string(), z.int().min(0, "must be 0 or more"))
        .refine((shares) => Object.values(shares).some((share) => share !== 0), {
            message: "must give at least one subset a share above 0",
        }),
});

/** One entry of the key `imports`. */
export const importSchema = z.strictObject({
    /** Name of the service in the exporting clusters. */
    service: dnsLabel,
    /** Its namespace there. */
    namespace: dnsLabel,
    /** Suffix of its mesh-wide host, one of `mesh.suffixes`; the first of them by default. */
    suffix: suffixSchema.optional(),
    /** Stack of the exporting cluster, or a list of them, the preferred one first. */
    from: z.preprocess(
        (value) => (typeof value === "string" ? [value] : value),
        z
            .array(dnsLabel)
            .min(1, "must name at least one cluster")
            .superRefine((names, context) => {
                for (const name of duplicates(names)) {
                    context.addIssue({ code: "custom", message: `names ${name} more than once; remove one` });
                }
            }),
    ),
    /** Which of several clusters a call goes to. */
    balance: z
        .enum(["failover", "nearest", "spread"], { error: "must be failover, nearest or spread" })
        .default("failover"),
    /** When a cluster that doesn't answer is left out for a while. Used where there is another one to go to. */
    outlierDetection: outlierDetectionSchema.prefault({}),
    /** Conditions under which the sidecar repeats a call, comma-separated, in Istio's words. */
    retryOn: text.optional(),
    /** Versions that calls go to; the first rule that fits counts. Any version by default. */
    routes: z.array(routeSchema).default([]),
    /** Team that answers for it, one of `teams`. In a team's file it is that team. */
    owner: dnsLabel.optional(),
    /** Namespaces of this cluster whose pods can call it. All of them by default. */
    namespaces: z
        .array(dnsLabel)
        .min(1, "must name at least one namespace, or be left out, which lets every namespace call it")
        .superRefine((names, context) => {
            for (const name of duplicates(names)) {
                context.addIssue({ code: "custom", message: `name ${name} more than once; remove one` });
            }
        })
        .optional(),
    /** Which way its calls leave the cluster; `egress.via` by default. */
    via: viaSchema.optional(),
});

/** When endpoints count as broken, as far as the configuration says. */
export type OutlierDetectionSettings = z.infer<typeof outlierDetectionSchema>;
export type RouteSettings = z.infer<typeof routeSchema>;
export type ImportSettings = z.infer<typeof importSchema>;
export type Balance = ImportSettings["balance"];
