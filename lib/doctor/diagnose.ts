import { type Code, distanceOf, type Hop, hopsOf, isSuspect, rankOf } from "./codes";
import type { Evidence } from "./evidence";
import type { FailedCall, Finding, Judge } from "./finding";
import { judgeEgress } from "./judgeEgress";
import { judgeEntries, judgeOwnEntries, judgeWorkloadEntries } from "./judgeEntries";
import { judgeEnvoyFilters } from "./judgeEnvoyFilters";
import { judgeGateways, judgeIstiod } from "./judgeGateways";
import { judgeAccounts, judgeCertificates } from "./judgeIdentities";
import { judgePeerAuthentication } from "./judgeMutualTls";
import { judgeNames } from "./judgeNames";
import { judgeNetworkPolicies } from "./judgeNetworkPolicies";
import { judgeCaller, judgePods, judgeRevision } from "./judgePods";
import { judgePolicies } from "./judgePolicies";
import { judgeRoutes } from "./judgeRoutes";
import { judgeRules } from "./judgeRules";
import { judgeServers } from "./judgeServers";
import { judgeSidecarResource } from "./judgeSidecarResource";

/** All that is looked for, each for causes of one kind. */
const judges: readonly Judge[] = [
    judgeNames,
    judgeCaller,
    judgeOwnEntries,
    judgeEntries,
    judgeSidecarResource,
    judgeRoutes,
    judgeRules,
    judgeEgress,
    judgeGateways,
    judgePods,
    judgePeerAuthentication,
    judgeWorkloadEntries,
    judgeAccounts,
    judgeCertificates,
    judgePolicies,
    judgeNetworkPolicies,
    judgeServers,
    judgeIstiod,
    judgeRevision,
    judgeEnvoyFilters,
];

/** To a call that leaves by an egress gateway that is the gateway, and the exporter's is one behind it. */
function hopsFor({ isThroughEgress }: FailedCall, code: Code): readonly Hop[] {
    if (!isThroughEgress) return hopsOf(code);
    return ["gateway-gone", "gateway-not-ready", "gateway-moved"].includes(code) ? ["passage"] : hopsOf(code);
}

/**
 * Names what a failed call fails by: what explains the hop that it ended at first, then what it would fail by after that, each
 * in the order in which it is mended. What a call has got past is no cause of its failing, and what can't be told to be one is
 * named only where nothing else explains the end. Of a call that could not be made it says what it would fail by.
 */
export function diagnose(call: FailedCall, evidence: Evidence): readonly Finding[] {
    const ended = distanceOf(call.endedAt);
    const reachable = judges
        .flatMap((judge) => judge(call, evidence))
        .filter(({ code }) => hopsFor(call, code).some((hop) => distanceOf(hop) >= ended));
    const explains = ({ code }: Finding) => hopsFor(call, code).includes(call.endedAt);
    const isExplained = reachable.some((each) => explains(each) && !isSuspect(each.code));
    // A call that was not made may pass, and then there is nothing to suspect.
    const suspects = !isExplained && call.isFromOutside !== true;
    const named = reachable.filter(({ code }) => !isSuspect(code) || suspects);
    return [...named].sort(
        (one, other) =>
            Number(explains(other)) - Number(explains(one)) || rankOf(one.code) - rankOf(other.code),
    );
}
