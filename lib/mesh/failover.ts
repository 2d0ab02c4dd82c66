import type { Balance, OutlierDetectionSettings, RetrySettings } from "../config/imports";
import type { HttpRetries, LocalityLbSetting, OutlierDetection } from "../istio/types";

/**
 * When an endpoint is left out for a while, unless an import says otherwise.
 *
 * A gateway is one endpoint for all pods of its cluster, so nothing that a single pod does may count against it.
 */
export const defaultOutlierDetection: OutlierDetection = {
    // Connections that fail are counted apart from answers.
    splitExternalLocalOriginErrors: true,
    // A gateway that is gone, or has no pod for the host, refuses every connection; one refusal may be a pod that ends.
    consecutiveLocalOriginFailures: 3,
    // Answers 502 to 504 come from the proxy of one pod as a rule. With half of a cluster's pods broken, 20 in a row come
    // once in a million calls; with all of them broken, after 20 calls.
    consecutiveGatewayErrors: 20,
    // An answer 500 is the application's own, and would be the same elsewhere.
    consecutive5xxErrors: 0,
    // Istio's defaults of 10 s and 30 s keep calls away from a cluster that is back for up to 40 s. A retry makes a try
    // that comes too early harmless.
    interval: "5s",
    baseEjectionTime: "10s",
    // Below 100 the last endpoint of a cluster could never be left out.
    maxEjectionPercent: 100,
};

/** The outlier detection of an import: the defaults, with its own settings over them. */
export function outlierDetection(settings: OutlierDetectionSettings): OutlierDetection {
    return { ...defaultOutlierDetection, ...settings };
}

/**
 * The label of the endpoints of one rank. The first rank has none, so that pods, whose labels are their owner's, can have
 * it.
 */
export function rankLabels(rank: number): Readonly<Record<string, string>> {
    return rank === 0 ? {} : { [rankLabel(rank)]: "true" };
}

function rankLabel(rank: number): string {
    return `failover.istio-multicluster/${rank}`;
}

/**
 * How a sidecar chooses among the endpoints of several clusters.
 *
 * For `failover`, Istio compares each endpoint's labels with the caller's own, one after the other: the longer they agree,
 * the higher the endpoint's priority (pilot/pkg/networking/core/loadbalancer, applyFailoverPriorityPerLocality). A caller has
 * none of the rank labels, so an endpoint agrees up to its own rank's label.
 *
 * @param ranks number of ranks, at least 2
 */
export function localityLbSetting(balance: Balance, ranks: number): LocalityLbSetting {
    switch (balance) {
        case "failover":
            return {
                enabled: true,
                failoverPriority: Array.from({ length: ranks - 1 }, (_, index) =>
                    rankLabel(ranks - 1 - index),
                ),
            };
        case "nearest":
            return { enabled: true };
        case "spread":
            return { enabled: false };
    }
}

/**
 * When a sidecar repeats a call: only when the server has surely not begun with it, whatever its method. Istio's own default
 * has `unavailable` and `cancelled` besides: answers of gRPC, which an application may give when it is half done.
 */
export const defaultRetryOn = "connect-failure,refused-stream,reset-before-request";

/**
 * How often a call is repeated. Envoy leaves a priority after two tries that failed (Istio's `retryRemoteLocalities`, update
 * frequency 2), so each rank gets two.
 *
 * @param ranks number of ranks, at least 1
 */
export function retryAttempts(ranks: number): number {
    return Math.max(2, 2 * ranks - 1);
}

/**
 * When and how often a call is repeated: the defaults, with an import's own settings over them.
 *
 * @param ranks number of ranks, at least 1
 */
export function httpRetries(ranks: number, settings: RetrySettings = {}): HttpRetries {
    // istiod refuses anything beside it.
    if (settings.attempts === 0) return { attempts: 0 };
    return {
        attempts: retryAttempts(ranks),
        retryOn: defaultRetryOn,
        retryRemoteLocalities: true,
        ...settings,
    };
}
