import { failed, hostPort, passed, type Check, type CheckResult, type Target } from "./check";

/** The whole way: the workload itself answers. */
export const call: Check = {
    name: "call",
    run: async (target, exec) => {
        const { container } = target.probe;
        if (!speaksHttp(target.port.protocol)) {
            const output = await exec(container, [
                "sh",
                "-c",
                tcpScript,
                "sh",
                target.host,
                String(target.port.number),
            ]);
            return judgeConnection(target, output);
        }
        const flags = target.port.protocol === "HTTP" ? [] : ["--http2-prior-knowledge"];
        const url = `http://${hostPort(target.host, target.port.number)}${target.path}`;
        const output = await exec(container, ["sh", "-c", httpScript, "sh", ...flags, url]);
        return judgeResponse(target, output);
    },
};

const httpScript = 'curl -sS -i -m 10 "$@" 2>&1 | head -c 4000; true';

/**
 * Holds a connection open for two seconds. The sidecar accepts every connection at once, and closes it as soon as it can't
 * reach the other side: only one that lasts, or brings data, has arrived.
 */
const tcpScript =
    'sleep 3 | curl -sS --connect-timeout 2 -m 2 -o /dev/null -w "%{size_download}" "telnet://$1:$2" 2>&1; echo " exit $?"';

/** Whether a port of this protocol is called by an HTTP request. */
export function speaksHttp(protocol: string): boolean {
    return ["HTTP", "HTTP2", "GRPC"].includes(protocol.toUpperCase());
}

/** How the call of a target went, in the words of its last line, such as `HTTP 200`. */
function code(status: string): string {
    return `HTTP ${status}`;
}

/** Reads what `curl -i` wrote: an answer, or an error of its own. */
export function judgeResponse(target: Target, output: string): CheckResult {
    const status = /^HTTP\/[\d.]+ (\d{3})/.exec(output)?.[1];
    if (status === undefined) return failed(...curlFailure(target, output));
    const [head = "", body = ""] = output.split(/\r?\n\r?\n/, 2);
    if (/^[23]/.test(status)) return passed(code(status));
    const fromWorkload = /^x-envoy-upstream-service-time:/im.test(head);
    // A gRPC server refuses a plain GET, but only the server itself can do so.
    if (target.port.protocol === "GRPC" && fromWorkload && !status.startsWith("5"))
        return passed(code(status));
    return failed(
        `${code(status)}${reasonText(body)}`,
        responseHint(target, Number(status), body, fromWorkload),
    );
}

function reasonText(body: string): string {
    const line = body.trim().split("\n")[0] ?? "";
    return line === "" || line.startsWith("<") || line.startsWith("{") ? "" : `: ${line.slice(0, 200)}`;
}

/** What Envoy's own words in an error answer mean on this way. */
function responseHint(target: Target, status: number, body: string, fromWorkload: boolean): string {
    const { cluster, from, host } = target;
    if (/CERTIFICATE_VERIFY_FAILED/.test(body))
        return (
            `The two ends do not trust each other. Compare the root certificates with "npm run mesh -- outputs"; if they are ` +
            `the same, ${host} is served with another identity than ${from} exports.`
        );
    if (/ALERT_CERTIFICATE_UNKNOWN|ALERT_UNKNOWN_CA/.test(body))
        return (
            `The workload refuses the caller's certificate. Compare the root certificates with "npm run mesh -- outputs"; if ` +
            `they are the same, ${from} does not accept the trust domain of ${cluster}: see mesh.acceptedTrustDomains in ` +
            `Pulumi.${from}.yaml, and restart the calling pod after a change of mesh.trustDomain.`
        );
    if (/no healthy upstream/.test(body))
        return `A proxy on the way has no endpoint left. See whether the pods of ${host} in ${from} are ready and have sidecars.`;
    if (/Connection refused|delayed connect error|connection timeout|connection_timeout/i.test(body))
        return `Something on the way refuses the connection. See the pods of ${host} in ${from}, and its gateway.`;
    if (/connection termination|reset by peer|connection failure|TLS_error/i.test(body))
        return (
            `${from}'s gateway dropped the connection: it has no chain for the server name ` +
            `outbound_.${target.port.number}_._.${host}, or no pod behind it. Run: npm run mesh -- up --clusters ${from}. ` +
            `If that changes nothing, one end refuses the other's certificate: see whether the pods have the service ` +
            `account that ${from} exports, and whether ${from} accepts the trust domain of ${cluster}.`
        );
    if (status === 403 && /RBAC/.test(body))
        return (
            `An AuthorizationPolicy in ${from} refuses this caller. See allowedFrom of the export in Pulumi.${from}.yaml, ` +
            `and policies of your own there.`
        );
    if (fromWorkload)
        return `The workload itself answered, so the way is right. Choose a path that it serves with --path.`;
    if (status === 404)
        return `A proxy has no route for it. See whether ${cluster} has another service of the same name.`;
    return `See the log of the probe's sidecar and of ${from}'s gateway.`;
}

function curlFailure({ cluster, host, port }: Target, output: string): [detail: string, hint: string] {
    const number = Number(/curl: \((\d+)\)/.exec(output)?.[1] ?? Number.NaN);
    const detail = `no HTTP answer: ${output.trim().split("\n").at(-1) ?? ""}`.trim();
    switch (number) {
        case 6:
            return [detail, `The name did not resolve inside curl. See the DNS checks above.`];
        case 7:
            return [
                detail,
                `Nothing takes ${host}:${port.number} in the pod: its sidecar has no listener for it.`,
            ];
        case 28:
            return [detail, `A firewall between ${cluster} and the gateway may drop the packets.`];
        default:
            if (/not found$/m.test(output))
                return [detail, `The probe needs curl: choose another pod with --from.`];
            return [detail, `See the log of the probe's sidecar: kubectl logs -c istio-proxy.`];
    }
}

/** Reads what the TCP script wrote: bytes received and curl's exit code. */
export function judgeConnection(target: Target, output: string): CheckResult {
    const match = /(\d+)? exit (\d+)\s*$/.exec(output);
    const bytes = Number(match?.[1] ?? 0);
    if (bytes > 0 || match?.[2] === "28") return passed("TCP open");
    if (match?.[2] === "0")
        return failed(
            "TCP closed at once",
            `The sidecar took the connection but could not bring it to ${target.from}. See its log and that of the gateway.`,
        );
    return failed(`TCP closed: ${output.trim().split("\n")[0] ?? ""}`, `See the log of the probe's sidecar.`);
}
