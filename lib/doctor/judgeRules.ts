import { all, type ClusterEvidence, isMeshs, own } from "./evidence";
import { atExporters, edits, type FailedCall, type Finding, isRemote, type Judge, nameOf } from "./finding";
import type { DestinationRuleSpec, Thing } from "./objects";
import { type Client, rulesFor, tlsFor } from "./rules";
import { callerPods, gatewayPods } from "./workloads";

/** The caller as a client of rules. */
export function clientOf(here: ClusterEvidence, call: FailedCall): Client {
    return {
        namespace: call.caller.namespace,
        labels: callerPods(here, call)[0]?.metadata.labels ?? {},
    };
}

/** The rules of somebody that a client follows for the call's host. */
export function followedRules(
    where: ClusterEvidence,
    call: FailedCall,
    client: Client,
): readonly Thing<DestinationRuleSpec>[] {
    const entry = own(where, "ServiceEntry", call.host)[0];
    const { systemNamespace } = where;
    const place = entry?.metadata.namespace ?? systemNamespace;
    return rulesFor(all(where, "DestinationRule"), call.host, client, place, systemNamespace);
}

/** A DestinationRule of somebody that takes mutual TLS away from the call, or wants another identity at its end. */
export const judgeRules: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const isAway = call.exporters.some((exporter) => isRemote(call, exporter));
    const atCaller =
        here === undefined || !isAway ? [] : ofClient(here, call, clientOf(here, call), "the caller");
    const atGateways = atExporters(call, evidence, (exporter, there) => {
        if (!isRemote(call, exporter)) return [];
        const labels = gatewayPods(there)[0]?.metadata.labels ?? {};
        const client = { namespace: there.systemNamespace, labels };
        return ofClient(there, call, client, "the gateway").filter(
            ({ code }) => code === "rule-without-mutual-tls",
        );
    });
    return [...atCaller, ...atGateways];
};

function ofClient(where: ClusterEvidence, call: FailedCall, client: Client, who: string): readonly Finding[] {
    const [rule] = followedRules(where, call, client);
    if (rule === undefined || isMeshs(where, "DestinationRule", rule.metadata, call.host)) return [];
    const said = tlsFor(rule.spec?.trafficPolicy, call);
    if (said === undefined) return [];
    const { tls, field } = said;
    const name = nameOf("DestinationRule", rule.metadata);
    const about = `it is the rule that ${who} follows for ${call.host} (host ${rule.spec?.host ?? ""}, before the mesh's own)`;
    const since = rule.metadata.creationTimestamp;
    const common = { cluster: where.cluster, ...(since !== undefined && { since }) };
    if (tls.mode !== "ISTIO_MUTUAL") {
        const mode = tls.mode ?? "DISABLE";
        return [
            {
                ...common,
                code: "rule-without-mutual-tls",
                cause: `${name} makes ${who} send ${call.host} with TLS mode ${mode} and not with Istio's mutual TLS.`,
                evidence: [`${name}: ${field}.mode: ${mode}`, about],
                next: [
                    "Set the mode to ISTIO_MUTUAL there, or take the host out of the rule: ",
                    edits(where, "DestinationRule", rule.metadata),
                ],
            },
        ];
    }
    const accepted = tls.subjectAltNames ?? [];
    const identities = call.exporters.flatMap((exporter) => exporter.identities);
    if (
        accepted.length === 0 ||
        identities.length === 0 ||
        accepted.some((each) => identities.includes(each))
    )
        return [];
    return [
        {
            ...common,
            code: "rule-with-other-identity",
            cause: `${name} makes ${who} accept another identity for ${call.host} than the one that is exported.`,
            evidence: [
                `${name}: ${field}.subjectAltNames: ${accepted.join(", ")}`,
                `exported: ${identities.join(", ")}`,
                about,
            ],
            next: ["Take subjectAltNames out of it: ", edits(where, "DestinationRule", rule.metadata)],
        },
    ];
}
