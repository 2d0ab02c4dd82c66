import { gatewayDrift, type ServiceFacts } from "../mesh/gatewayDrift";
import { all, type ClusterEvidence, wasRead } from "./evidence";
import { atExporters, type Finding, isRemote, type Judge, nameOf, reads, writes } from "./finding";
import { type GatewayParts, hostFindings, podFindings } from "./gatewayParts";
import { hasLabels } from "./match";
import { istiodsOf } from "./workloads";

const gatewayName = "istio-eastwestgateway";

const eastWest = ({ cluster, systemNamespace }: ClusterEvidence): GatewayParts => ({
    whose: `${cluster}'s gateway`,
    name: gatewayName,
    namespace: systemNamespace,
    istio: "eastwestgateway",
    gone: "gateway-gone",
    notReady: "gateway-not-ready",
    withoutHost: "gateway-without-host",
});

/** The exporters' gateways: that they run, at the place that others know, and pass calls for the host on. */
export const judgeGateways: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) =>
        isRemote(call, exporter)
            ? [
                  ...podFindings(there, eastWest(there)),
                  ...service(there),
                  ...hostFindings(there, eastWest(there), call.host),
              ]
            : [],
    );

function service(there: ClusterEvidence): readonly Finding[] {
    if (!wasRead(there, "Service")) return [];
    const { cluster, systemNamespace, outputs } = there;
    const live = all(there, "Service").find(
        ({ metadata }) => metadata.namespace === systemNamespace && metadata.name === gatewayName,
    );
    const { spec = {}, status } = live ?? {};
    const facts: ServiceFacts | undefined = live && {
        spec: { type: spec.type ?? "ClusterIP", ...(spec.ports && { ports: spec.ports }) },
        ...(status && { status }),
    };
    const moved = gatewayDrift(outputs.gateway, facts);
    const isAstray =
        live !== undefined && !hasLabels({ app: gatewayName, istio: "eastwestgateway" }, spec.selector);
    if (moved === undefined && !isAstray) return [];
    const what = moved ?? "its gateway's Service selects other pods";
    return [
        {
            code: "gateway-moved",
            cluster,
            cause: `${cluster} is not reached where the others look for it: ${what}.`,
            evidence: [
                `Service ${systemNamespace}/${gatewayName}: ${live === undefined ? "none" : `type ${spec.type ?? "?"}, node ports ${(spec.ports ?? []).map(({ nodePort }) => nodePort ?? "none").join(", ")}`}`,
                `the others know: ${outputs.gateway.addresses.join(", ")} port ${outputs.gateway.port}`,
            ],
            next: ["Set it right, for all clusters: ", { up: [] }],
        },
    ];
}

/** istiod at either end. Proxies go on without one, and so do calls, until something changes. */
export const judgeIstiod: Judge = (call, evidence) => {
    const clusters = [...new Set([call.caller.cluster, ...call.exporters.map(({ cluster }) => cluster)])];
    return clusters.flatMap((cluster) => {
        const where = evidence.get(cluster);
        if (where === undefined || !wasRead(where, "Deployment")) return [];
        const istiods = istiodsOf(where);
        if (istiods.some(({ status }) => (status?.readyReplicas ?? 0) > 0)) return [];
        const [one] = istiods;
        return [
            {
                code: "istiod-down" as const,
                cluster,
                cause: `${cluster} has no istiod that runs, so that its proxies learn of no change and new pods get none.`,
                evidence: [
                    one === undefined
                        ? "Deployments with app=istiod: 0"
                        : `${nameOf("Deployment", one.metadata)}: ready 0`,
                ],
                next:
                    one?.spec?.replicas === 0
                        ? [
                              "Let it have pods again: ",
                              writes(
                                  where,
                                  `-n ${one.metadata.namespace ?? ""} scale deployment ${one.metadata.name} --replicas=1`,
                              ),
                          ]
                        : one === undefined
                          ? ["Bring it back: ", { up: [cluster] }]
                          : [
                                "See why: ",
                                reads(
                                    where,
                                    `-n ${one.metadata.namespace ?? ""} describe pods -l app=istiod`,
                                ),
                            ],
            },
        ];
    });
};
