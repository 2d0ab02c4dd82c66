import { gatewayDrift, type ServiceFacts } from "../mesh/gatewayDrift";
import { all, type ClusterEvidence, wasRead } from "./evidence";
import {
    atExporters,
    type FailedCall,
    type Finding,
    isRemote,
    type Judge,
    nameOf,
    reads,
    writes,
} from "./finding";
import { coversHost, hasLabels } from "./match";
import { isReady } from "../cluster/livePods";
import { deploymentOf, gatewayPods, istiodsOf } from "./workloads";

const gatewayName = "istio-eastwestgateway";

/** The exporters' gateways: that they run, at the place that others know, and pass calls for the host on. */
export const judgeGateways: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) =>
        isRemote(call, exporter) ? [...pods(there), ...service(there), ...hosts(there, call)] : [],
    );

function pods(there: ClusterEvidence): readonly Finding[] {
    if (!wasRead(there, "Pod") || !wasRead(there, "Deployment")) return [];
    const { systemNamespace, cluster } = there;
    const deployment = deploymentOf(there, systemNamespace, gatewayName);
    if (deployment === undefined) {
        return [
            {
                code: "gateway-gone",
                cluster,
                cause: `${cluster}'s gateway is not there: there is no Deployment ${systemNamespace}/${gatewayName}.`,
                evidence: [`Deployment ${systemNamespace}/${gatewayName}: none`],
                next: ["Bring it back: ", { up: [cluster] }],
            },
        ];
    }
    const running = gatewayPods(there);
    if (running.some(isReady)) return [];
    const [pod] = running;
    const ready = pod?.status?.conditions?.find(({ type }) => type === "Ready");
    const wanted = deployment.spec?.replicas ?? 1;
    return [
        {
            code: "gateway-not-ready",
            cluster,
            cause: `No pod of ${cluster}'s gateway is ready${wanted === 0 ? ": its Deployment wants none" : ""}.`,
            evidence: [
                `${nameOf("Deployment", deployment.metadata)}: spec.replicas: ${wanted}, pods: ${running.length}, ready: 0`,
                ...(pod === undefined
                    ? []
                    : [
                          `${nameOf("pod", pod.metadata)}: Ready=${ready?.status ?? "?"} ${ready?.reason ?? ""}`,
                      ]),
            ],
            next:
                wanted === 0
                    ? [
                          "Let it have pods again: ",
                          writes(there, `-n ${systemNamespace} scale deployment ${gatewayName} --replicas=1`),
                      ]
                    : [
                          "See why: ",
                          reads(there, `-n ${systemNamespace} describe pods -l istio=eastwestgateway`),
                      ],
            ...(ready?.lastTransitionTime !== undefined && { since: ready.lastTransitionTime }),
        },
    ];
}

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

/** Whether the gateway's own object names the host, without which it has no chain for it. */
function hosts(there: ClusterEvidence, { host }: FailedCall): readonly Finding[] {
    if (!wasRead(there, "Gateway")) return [];
    const names = all(there, "Gateway").some(({ spec }) =>
        (spec?.servers ?? []).some(
            ({ tls, hosts = [] }) =>
                tls?.mode === "AUTO_PASSTHROUGH" &&
                hasLabels({ app: gatewayName, istio: "eastwestgateway" }, spec?.selector) &&
                hosts.some((each) => coversHost(each.split("/").at(-1) ?? "", host)),
        ),
    );
    if (names) return [];
    return [
        {
            code: "gateway-without-host",
            cluster: there.cluster,
            cause: `${there.cluster}'s gateway does not pass calls for ${host} on: no Gateway with AUTO_PASSTHROUGH names it.`,
            evidence: [`Gateways of istio=eastwestgateway with the host ${host}: 0`],
            next: ["Bring it back: ", { up: [there.cluster] }],
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
