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

/** A length of time of which Istio's keep-alives take whole seconds, and Linux as many as fit into 15 bits. */
const seconds = z
    .string()
    .regex(/^[1-9]\d*(s|m|h)$/, "must be whole seconds, minutes or hours, such as 30s or 2m")
    .refine(
        (value) => secondsOf(value) <= 32767,
        "must be 32767s or less, which is the longest that Linux takes",
    );

function secondsOf(value: string): number {
    const unit = { s: 1, m: 60, h: 3600 }[value.slice(-1)] ?? 1;
    return Number.parseInt(value, 10) * unit;
}

/** How connections are made and kept; fields of Istio's ConnectionPoolSettings. */
const connectionPoolSchema = z.strictObject({
    /** Every connection, whatever it carries. */
    tcp: z
        .strictObject({
            /** How long a connection may take until TLS with the far pod is there. */
            connectTimeout: duration.optional(),
            /** When a connection on which nothing moves is asked whether it is there. */
            tcpKeepalive: z
                .strictObject({
                    /** How long nothing has moved on it before it is asked. */
                    time: seconds.optional(),
                    /** How long until it is asked again. */
                    interval: seconds.optional(),
                    /** How often it is asked before it counts as dead. */
                    probes: z
                        .int()
                        .min(1, "must be from 1 to 127")
                        .max(127, "must be from 1 to 127")
                        .optional(),
                })
                .optional(),
        })
        .optional(),
    /** Connections of HTTP, HTTP/2 and gRPC. */
    http: z
        .strictObject({
            /** Calls at once on one connection of HTTP/2; beyond that another one is opened. */
            maxConcurrentStreams: z.int().min(1, "must be at least 1").optional(),
        })
        .optional(),
});

/** When a call is repeated; fields of Istio's HTTPRetry. */
const retriesSchema = z
    .strictObject({
        /** How often, beside the first time; 0 for never. */
        attempts: count.optional(),
        /** How long each time may take until the answer is there. */
        perTryTimeout: duration.optional(),
        /** Conditions, comma-separated, in Istio's words. */
        retryOn: text.optional(),
    })
    .refine(({ attempts, perTryTimeout, retryOn }) => attempts !== 0 || !(perTryTimeout ?? retryOn), {
        message:
            "has attempts 0, which repeats no call; remove perTryTimeout and retryOn, or set attempts to 1 or more",
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
    /** How connections are made and kept. */
    connectionPool: connectionPoolSchema.optional(),
    /** How long a call may take until its whole answer is there, repeated ones included. Unlimited by default. */
    timeout: duration.optional(),
    /** When a call is repeated. */
    retries: retriesSchema.optional(),
    /** Where `retries.retryOn` was before it had company. */
    retryOn: z
        .unknown()
        .refine((value) => value === undefined, "is retries.retryOn now, as in Istio; move it there")
        .optional(),
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
export type ConnectionPoolSettings = z.infer<typeof connectionPoolSchema>;
export type RetrySettings = z.infer<typeof retriesSchema>;
export type RouteSettings = z.infer<typeof routeSchema>;
export type ImportSettings = z.infer<typeof importSchema>;
export type Balance = ImportSettings["balance"];
