import type { FailedCall } from "./finding";
import { bestPattern, byAge, isSeenFrom, selects } from "./match";
import type { DestinationRuleSpec, Labels, Thing, TlsSettings, TrafficPolicy } from "./objects";

/** A client whose rules are asked for. */
export interface Client {
    readonly namespace: string;
    readonly labels: Labels;
}

type Rule = Thing<DestinationRuleSpec>;

/**
 * The DestinationRules that a client follows for a host, by Istio's rules: those of the client's own namespace, then those of
 * the service's, then those of the root namespace; in each of them the most specific host alone. The oldest of several is the
 * first: its settings are the ones that count, and all have their subsets.
 *
 * @param serviceNamespace where the host's ServiceEntry is
 */
export function rulesFor(
    rules: readonly Rule[],
    host: string,
    client: Client,
    serviceNamespace: string,
    rootNamespace: string,
): readonly Rule[] {
    const about = rules.filter(
        ({ spec }) =>
            spec?.workloadSelector === undefined ||
            Object.keys(spec.workloadSelector.matchLabels ?? {}).length === 0 ||
            selects(spec.workloadSelector, client.labels),
    );
    const places = [
        ...(client.namespace === rootNamespace ? [] : [client.namespace]),
        serviceNamespace,
        rootNamespace,
    ];
    for (const place of places) {
        const there = about.filter(
            (rule) => rule.metadata.namespace === place && isSeenFrom(client.namespace, rule),
        );
        const best = bestPattern(
            there.map(({ spec }) => spec?.host ?? ""),
            host,
        );
        if (best !== undefined) return there.filter(({ spec }) => spec?.host === best).sort(byAge);
    }
    return [];
}

/** The TLS settings of a policy for one port: a port that has settings of its own has none but those. */
export function tlsFor(
    policy: TrafficPolicy | undefined,
    { port }: Pick<FailedCall, "port">,
): { readonly tls: TlsSettings; readonly field: string } | undefined {
    const { portLevelSettings = [], tls } = policy ?? {};
    const index = portLevelSettings.findIndex((each) => each.port?.number === port.number);
    const ofPort = portLevelSettings[index];
    if (ofPort !== undefined) {
        return ofPort.tls && { tls: ofPort.tls, field: `spec.trafficPolicy.portLevelSettings[${index}].tls` };
    }
    return tls && { tls, field: "spec.trafficPolicy.tls" };
}
