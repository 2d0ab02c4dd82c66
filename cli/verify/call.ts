import type { Hint } from "../hints/hint";
import { verifyHints } from "../hints/verifyHints";
import { failed, hostPort, passed, untried, type Check, type CheckResult, type Target } from "./check";

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
        const script = isGrpc(target) ? grpcScript : httpScript;
        const url = `http://${hostPort(target.host, target.port.number)}${target.path}`;
        const output = await exec(container, ["sh", "-c", script, "sh", ...flags, url]);
        return isGrpc(target) ? judgeGrpc(target, output) : judgeResponse(target, output);
    },
};

const httpScript = 'curl -sS -i -m 10 "$@" 2>&1 | head -c 4000; true';

/** Calls a method with an empty message. One that the server does not have is refused by the server itself, in gRPC's words. */
const grpcScript =
    "printf '\\000\\000\\000\\000\\000' | curl -sS -i -m 10 -X POST -H 'content-type: application/grpc' -H 'te: trailers' " +
    '--data-binary @- "$@" 2>&1 | head -c 4000; true';

const isGrpc = ({ port }: Target) => port.protocol.toUpperCase() === "GRPC";

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
    if (status === undefined) return curlFailure(target, output);
    const [head = "", body = ""] = output.split(/\r?\n\r?\n/, 2);
    if (/^[23]/.test(status)) return passed(code(status));
    const fromWorkload = /^x-envoy-upstream-service-time:/im.test(head);
    return {
        ...failed(
            `${code(status)}${reasonText(body)}`,
            responseHint(target, Number(status), body, fromWorkload),
        ),
        ...(fromWorkload && { isAnswered: true }),
    };
}

/** gRPC's status of a server that can't be reached, which proxies on the way give too. */
const unavailable = 14;

/**
 * Reads the answer to a call of gRPC. Whatever a server answers in gRPC's words counts, also that it has no such method; what
 * a proxy on the way says in them does not.
 */
export function judgeGrpc(target: Target, output: string): CheckResult {
    const text = output.replaceAll("\0", "");
    const status = /^grpc-status: *(\d+)/im.exec(text)?.[1];
    const http = /^HTTP\/[\d.]+ (\d{3})/.exec(text)?.[1];
    if (http === undefined) return curlFailure(target, text);
    const fromWorkload = /^x-envoy-upstream-service-time:/im.test(text);
    const answered = fromWorkload ? ({ isAnswered: true } as const) : {};
    if (status === undefined)
        return { ...failed(`${code(http)}, and no gRPC answer`, verifyHints.noGrpc(target)), ...answered };
    const said = decoded(/^grpc-message: *(.*)$/im.exec(text)?.[1]?.trim() ?? "");
    const isRefusal = Number(status) === unavailable || /^RBAC: /.test(said);
    if (fromWorkload && !isRefusal) return passed(`gRPC status ${status}`);
    const detail = `gRPC status ${status}${said === "" ? "" : `: ${said.slice(0, 200)}`}`;
    return {
        ...failed(detail, responseHint(target, /^RBAC/.test(said) ? 403 : 503, said, fromWorkload)),
        ...answered,
    };
}

/** gRPC's messages come with percent signs for what is not plain ASCII. */
function decoded(message: string): string {
    try {
        return decodeURIComponent(message);
    } catch {
        return message;
    }
}

function reasonText(body: string): string {
    const line = body.trim().split("\n")[0] ?? "";
    return line === "" || line.startsWith("<") || line.startsWith("{") ? "" : `: ${line.slice(0, 200)}`;
}

/** What Envoy's own words in an error answer mean on this way. */
function responseHint(target: Target, status: number, body: string, fromWorkload: boolean): Hint {
    if (/CERTIFICATE_VERIFY_FAILED/.test(body)) return verifyHints.noTrust(target);
    if (/ALERT_CERTIFICATE_UNKNOWN|ALERT_UNKNOWN_CA/.test(body)) return verifyHints.callerRefused(target);
    if (/no healthy upstream/.test(body)) return verifyHints.noHealthyUpstream(target);
    if (/Connection refused|delayed connect error|connection timeout|connection_timeout/i.test(body))
        return verifyHints.refusedOnTheWay(target);
    if (/connection termination|reset by peer|connection failure|TLS_error/i.test(body))
        return verifyHints.dropped(target);
    if (status === 403 && /RBAC/.test(body)) return verifyHints.policy(target);
    if (fromWorkload) return verifyHints.workloadAnswered();
    return status === 404 ? verifyHints.noRoute(target) : verifyHints.logs(target);
}

function curlFailure(target: Target, output: string): CheckResult {
    const number = Number(/curl: \((\d+)\)/.exec(output)?.[1] ?? Number.NaN);
    const detail = `no HTTP answer: ${output.trim().split("\n").at(-1) ?? ""}`.trim();
    switch (number) {
        case 6:
            return failed(detail, verifyHints.unresolved());
        case 7:
            return failed(detail, verifyHints.noListener(target));
        case 28:
            return failed(detail, verifyHints.firewall(target));
        default:
            return /not found$/m.test(output)
                ? untried(detail, verifyHints.noCurl())
                : failed(detail, verifyHints.sidecarLog(target));
    }
}

/** Reads what the TCP script wrote: bytes received and curl's exit code. */
export function judgeConnection(target: Target, output: string): CheckResult {
    const match = /(\d+)? exit (\d+)\s*$/.exec(output);
    const bytes = Number(match?.[1] ?? 0);
    if (bytes > 0 || match?.[2] === "28") return passed("TCP open");
    if (match?.[2] === "0") return failed("TCP closed at once", verifyHints.closedAtOnce(target));
    return failed(`TCP closed: ${output.trim().split("\n")[0] ?? ""}`, verifyHints.sidecarLog(target));
}
