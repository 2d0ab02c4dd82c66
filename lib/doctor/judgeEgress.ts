import { egressNamespace } from "../mesh/egressPlace";
import { all, type ClusterEvidence, own, wasRead } from "./evidence";
import type { Finding, Judge } from "./finding";
import { type GatewayParts, hostFindings, podFindings } from "./gatewayParts";
import { hasLabels } from "./match";

const gatewayName = "istio-egressgateway";

/** The caller's own egress gateway, where the call leaves by it: that it runs, is found, and passes calls for the host on. */
export const judgeEgress: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    const namespace = here && egressNamespace(here.outputs, call.host);
    if (here === undefined || namespace === undefined || !call.isThroughEgress) return [];
    const parts: GatewayParts = {
        whose: `${here.cluster}'s egress gateway`,
        name: gatewayName,
        namespace,
        istio: "egressgateway",
        gone: "egress-gateway-gone",
        notReady: "egress-gateway-not-ready",
        withoutHost: "egress-gateway-without-host",
    };
    const pods = podFindings(here, parts);
    const way = hostFindings(here, parts, call.host);
    return [
        ...(pods.length > 0 ? pods : service(here, namespace)),
        ...(way.length > 0 ? way : onward(here, namespace, call.host)),
    ];
};

/** The Service by which sidecars find the gateway. */
function service(here: ClusterEvidence, namespace: string): readonly Finding[] {
    if (!wasRead(here, "Service")) return [];
    const live = all(here, "Service").find(
        ({ metadata }) => metadata.namespace === namespace && metadata.name === gatewayName,
    );
    const selector = live?.spec?.selector ?? {};
    if (live !== undefined && hasLabels({ app: gatewayName, istio: "egressgateway" }, selector)) return [];
    const shown = Object.entries(selector).map((pair) => pair.join("="));
    return [
        {
            code: "egress-gateway-gone",
            cluster: here.cluster,
            cause: `${here.cluster}'s egress gateway is not found: ${live === undefined ? "its Service is not there" : "its Service selects other pods"}.`,
            evidence: [
                `Service ${namespace}/${gatewayName}: ${live === undefined ? "none" : `spec.selector: ${shown.join(", ")}`}`,
            ],
            next: ["Bring it back: ", { up: [here.cluster] }],
        },
    ];
}

/** The entry that only the gateway sees, and that leads on to the exporter. */
function onward(here: ClusterEvidence, namespace: string, host: string): readonly Finding[] {
    if (!wasRead(here, "ServiceEntry")) return [];
    const entries = own(here, "ServiceEntry", host).filter(
        ({ metadata }) => metadata.namespace === namespace,
    );
    if (entries.length > 0) return [];
    return [
        {
            code: "egress-gateway-without-host",
            cluster: here.cluster,
            cause: `${here.cluster}'s egress gateway does not know where ${host} is: the ServiceEntry that leads it on is not there.`,
            evidence: [`the mesh's ServiceEntries of ${host} in ${namespace}: 0`],
            next: ["Bring it back: ", { up: [here.cluster] }],
        },
    ];
}
