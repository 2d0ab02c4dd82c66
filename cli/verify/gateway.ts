import { proxyContainer } from "../../lib/istio/proxy";
import { verifyHints } from "../hints/verifyHints";
import { KubectlError } from "../../kube/kubectl";
import { failed, gatewayPlaces, passed, skipped, type Check, type CheckResult, type Target } from "./check";

/**
 * Tries a TCP connection to each gateway address and writes one line for each.
 *
 * The port speaks TLS by server name and drops this caller, who names none that it knows, so curl's own result says nothing:
 * the time of the TCP connection does. nc is the second choice, for a proxy image without curl.
 */
const script = `
for each in "$@"; do
    if command -v curl >/dev/null; then
        time=$(curl -sk --connect-timeout 3 -m 5 -o /dev/null -w '%{time_connect}' "https://$each/")
        case "$time" in *[1-9]*) echo "$each open";; *) echo "$each closed";; esac
    elif command -v nc >/dev/null; then
        address=\${each%:*}
        address=\${address#[}
        why=$(timeout 6 nc -w 3 "\${address%]}" "\${each##*:}" </dev/null 2>&1 >/dev/null)
        case "$why" in *refused*|*"timed out"*|*unreachable*|*"No route"*|*"can't connect"*) echo "$each closed";; *) echo "$each open";; esac
    else
        echo "$each unknown"
    fi
done`;

/**
 * The gateway that calls are sent to can be reached from the calling pod.
 *
 * The connection is made in the sidecar's own container, because its user is the only one in the pod whose traffic is not
 * taken over by the sidecar: from the application's container every TCP connection would seem to succeed.
 */
export const gateway: Check = {
    name: "gateway",
    run: async (target, exec) => {
        if (target.gateways === undefined) return skipped("not on the way");
        const places = gatewayPlaces(target);
        try {
            return judgePlaces(target, await exec(proxyContainer, ["sh", "-c", script, "sh", ...places]));
        } catch (error) {
            if (
                !(error instanceof KubectlError) ||
                !/executable file not found|no such file/i.test(error.detail)
            )
                throw error;
            return skipped("the proxy image has no shell to try it with");
        }
    },
};

/** Reads the script's lines. One address that answers is enough, since the sidecar spreads over all. */
export function judgePlaces(target: Target, output: string): CheckResult {
    const states = output
        .split("\n")
        .map((line) => line.trim().split(" "))
        .filter((parts) => parts.length === 2);
    const placesThatAre = (state: string) =>
        states.filter((parts) => parts[1] === state).map((parts) => parts[0] ?? "");
    const open = placesThatAre("open");
    const closed = placesThatAre("closed");
    if (open.length > 0)
        return passed(
            closed.length === 0 ? open.join(", ") : `${open.join(", ")}; no answer from ${closed.join(", ")}`,
        );
    if (closed.length === 0) return skipped("the proxy image has neither curl nor nc to try it with");
    return failed(
        `no TCP connection from ${target.cluster} to ${closed.join(", ")}`,
        target.egress ? verifyHints.egressGateway(target) : verifyHints.gateway(target),
    );
}
