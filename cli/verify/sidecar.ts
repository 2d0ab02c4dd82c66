import { proxyContainer } from "../../lib/istio/proxy";
import { verifyHints } from "../hints/verifyHints";
import { KubectlError } from "../../kube/kubectl";
import {
    failed,
    failedForGood,
    gatewayName,
    gatewayPlaces,
    passed,
    type Check,
    type CheckResult,
    type Target,
} from "./check";

/** An endpoint that a sidecar holds for a host. */
export interface Endpoint {
    readonly address: string;
    readonly healthy: boolean;
}

/** The sidecar of the probe knows the host, and where to send its traffic. */
export const sidecar: Check = {
    name: "sidecar",
    run: async (target, exec) => {
        let clusters: string;
        try {
            clusters = await exec(proxyContainer, ["pilot-agent", "request", "GET", "clusters"]);
        } catch (error) {
            if (!(error instanceof KubectlError) || !/container .*not (found|valid)/i.test(error.detail))
                throw error;
            return failedForGood(
                `the probe has no container "${proxyContainer}"`,
                verifyHints.noSidecar(target),
            );
        }
        return judgeEndpoints(target, endpointsOf(clusters, target.host, target.port.number));
    },
};

/**
 * Reads Envoy's `/clusters` page.
 *
 * @returns the endpoints of the host's outbound cluster, or undefined when Envoy has no such cluster
 */
export function endpointsOf(page: string, host: string, port: number): readonly Endpoint[] | undefined {
    const prefix = `outbound|${port}||${host}::`;
    const lines = page.split("\n").filter((line) => line.startsWith(prefix));
    if (lines.length === 0) return undefined;
    const endpoints = new Map<string, boolean>();
    for (const line of lines) {
        const match = /^((?:\[[^\]]+\]|[^:[\]]+):\d+)::(\w+)::(.*)$/.exec(line.slice(prefix.length));
        if (match === null) continue;
        const [, address = "", key, value] = match;
        if (key === "health_flags") endpoints.set(address, value === "healthy");
        else if (!endpoints.has(address)) endpoints.set(address, true);
    }
    return [...endpoints].map(([address, healthy]) => ({ address, healthy }));
}

/** Compares the sidecar's endpoints with the gateway that calls are to be sent to. */
export function judgeEndpoints(target: Target, endpoints: readonly Endpoint[] | undefined): CheckResult {
    const { host, gateways } = target;
    if (endpoints === undefined)
        return failed(
            `the sidecar does not know ${host}:${target.port.number}`,
            verifyHints.hostUnknown(target),
        );
    const all = endpoints.map(({ address }) => address);
    if (all.length === 0)
        return failed(`the sidecar has no endpoint for ${host}`, verifyHints.noEndpoint(target));
    const healthy = endpoints.filter((each) => each.healthy).map(({ address }) => address);
    if (gateways === undefined) return passed(all.join(", "));
    const expected = gatewayPlaces(target);
    const unexpected = all.filter((address) => !expected.includes(address));
    // A gateway that goes by a host name is resolved by Envoy: what it resolves to can't be foretold.
    const byName = gateways
        .flatMap(({ addresses }) => addresses)
        .some((address) => !/^[\d.]+$|:/.test(address));
    if (unexpected.length === all.length && !byName)
        return failed(
            `the sidecar sends ${host} to ${all.join(", ")}, but ${gatewayName(target)} is ${expected.join(", ")}`,
            verifyHints.oldAddress(target),
        );
    if (healthy.length === 0)
        return failed(
            `every endpoint of ${host} counts as unhealthy: ${all.join(", ")}`,
            verifyHints.unhealthy(gatewayName(target)),
        );
    return passed(healthy.join(", "));
}
