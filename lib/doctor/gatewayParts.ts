import type { Code } from "./codes";
import { all, type ClusterEvidence, wasRead } from "./evidence";
import { type Finding, nameOf, reads, writes } from "./finding";
import { coversHost, hasLabels } from "./match";
import { isReady } from "../cluster/livePods";
import { deploymentOf, podsWith } from "./workloads";

/** A gateway of the mesh's, and what its faults are called. */
export interface GatewayParts {
    /** `cluster2's gateway`. */
    readonly whose: string;
    /** Name of its Deployment, and value of its pods' label `app`. */
    readonly name: string;
    readonly namespace: string;
    /** Value of its pods' label `istio`. */
    readonly istio: string;
    readonly gone: Code;
    readonly notReady: Code;
    readonly withoutHost: Code;
}

/** Whether a gateway runs. */
export function podFindings(where: ClusterEvidence, parts: GatewayParts): readonly Finding[] {
    if (!wasRead(where, "Pod") || !wasRead(where, "Deployment")) return [];
    const { cluster } = where;
    const { whose, name, namespace, istio } = parts;
    const deployment = deploymentOf(where, namespace, name);
    if (deployment === undefined) {
        return [
            {
                code: parts.gone,
                cluster,
                cause: `${whose} is not there: there is no Deployment ${namespace}/${name}.`,
                evidence: [`Deployment ${namespace}/${name}: none`],
                next: ["Bring it back: ", { up: [cluster] }],
            },
        ];
    }
    const running = podsWith(where, namespace, { istio });
    if (running.some(isReady)) return [];
    const [pod] = running;
    const ready = pod?.status?.conditions?.find(({ type }) => type === "Ready");
    const wanted = deployment.spec?.replicas ?? 1;
    return [
        {
            code: parts.notReady,
            cluster,
            cause: `No pod of ${whose} is ready${wanted === 0 ? ": its Deployment wants none" : ""}.`,
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
                          writes(where, `-n ${namespace} scale deployment ${name} --replicas=1`),
                      ]
                    : ["See why: ", reads(where, `-n ${namespace} describe pods -l istio=${istio}`)],
            ...(ready?.lastTransitionTime !== undefined && { since: ready.lastTransitionTime }),
        },
    ];
}

/** Whether a gateway's own object names a host, without which it has no chain for it. */
export function hostFindings(
    where: ClusterEvidence,
    { whose, name, istio, withoutHost }: GatewayParts,
    host: string,
): readonly Finding[] {
    if (!wasRead(where, "Gateway")) return [];
    const isNamed = all(where, "Gateway").some(({ spec }) =>
        (spec?.servers ?? []).some(
            ({ tls, hosts = [] }) =>
                tls?.mode === "AUTO_PASSTHROUGH" &&
                hasLabels({ app: name, istio }, spec?.selector) &&
                hosts.some((each) => coversHost(each.split("/").at(-1) ?? "", host)),
        ),
    );
    if (isNamed) return [];
    return [
        {
            code: withoutHost,
            cluster: where.cluster,
            cause: `${whose} does not pass calls for ${host} on: no Gateway with AUTO_PASSTHROUGH names it.`,
            evidence: [`Gateways of istio=${istio} with the host ${host}: 0`],
            next: ["Bring it back: ", { up: [where.cluster] }],
        },
    ];
}
