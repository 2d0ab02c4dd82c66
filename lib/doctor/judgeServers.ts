import type { ClusterEvidence, ServerAnswer } from "./evidence";
import { atExporters, type FailedCall, type Finding, type Judge, nameOf, reads, writes } from "./finding";
import type { Pod } from "./objects";
import { hasSidecar, isReady } from "../cluster/livePods";
import { podPortOf, serverPods, workloadName } from "./workloads";

/** The application behind the host: that it listens where the export says, and speaks what the export says. */
export const judgeServers: Judge = (call, evidence) =>
    atExporters(call, evidence, (exporter, there) => {
        const pods = serverPods(there, call, exporter).filter((pod) => hasSidecar(pod) && isReady(pod));
        const port = podPortOf(there, call);
        const findings = pods.map(
            (pod) => listening(there, call, pod, port) ?? speaking(there, call, pod, port),
        );
        const found = findings.filter((each) => each !== undefined);
        // One of several pods makes some of the calls fail.
        return found.slice(0, 1);
    });

function factsOf({ servers }: ClusterEvidence, { metadata }: Pod) {
    return servers[`${metadata.namespace ?? ""}/${metadata.name}`];
}

const portIn = (place: string) => Number(place.slice(place.lastIndexOf(":") + 1));
const isLoopback = (place: string) => /^(127\.|\[::1\]|\[::ffff:127\.)/.test(place);

function listening(there: ClusterEvidence, call: FailedCall, pod: Pod, port: number): Finding | undefined {
    const places = factsOf(there, pod)?.listening;
    if (places === undefined) return undefined;
    const here = places.filter((place) => portIn(place) === port);
    const name = nameOf("pod", pod.metadata);
    // What the proxy itself listens on.
    const others = [...new Set(places.map(portIn))].filter((each) => each !== port && !isProxyPort(each));
    if (here.length === 0) {
        return {
            code: "nothing-listens",
            cluster: there.cluster,
            cause: `Nothing listens on port ${port} of ${name}, to which the export of ${call.host}:${call.port.number} leads.`,
            evidence: [
                `listening in ${name}: ${others.length === 0 ? "nothing" : others.join(", ")}`,
                `the export's target port: ${port}`,
            ],
            next: [
                `Set targetPort of the export in Pulumi.${there.cluster}.yaml to the port of the application${others.length === 0 ? "" : ` (${others.join(" or ")}?)`}, or let it listen on ${port}; then: `,
                { up: [there.cluster] },
            ],
        };
    }
    if (!here.every(isLoopback)) return undefined;
    return {
        code: "listens-on-loopback",
        cluster: there.cluster,
        cause: `The application of ${name} listens on ${here.join(", ")} alone, where no call from outside the pod arrives.`,
        evidence: [`listening in ${name}: ${here.join(", ")}`],
        next: [
            `Let it listen on all addresses (0.0.0.0:${port}): `,
            writes(there, `-n ${pod.metadata.namespace ?? ""} edit ${workloadName(pod)}`),
        ],
    };
}

/** Ports of the proxy and of pilot-agent (istio.io, "Ports used by Istio"). */
function isProxyPort(port: number): boolean {
    return port >= 15000 && port < 15100;
}

function speaking(there: ClusterEvidence, call: FailedCall, pod: Pod, port: number): Finding | undefined {
    const answer = factsOf(there, pod)?.answers[port];
    if (answer === undefined) return undefined;
    const { protocol } = call.port;
    const name = nameOf("pod", pod.metadata);
    const seen = `asked past its proxy, ${name} says: ${saying(answer)}`;
    const isGrpcPort = protocol === "GRPC";
    const isWrong = isGrpcPort
        ? !answer.grpc && answer.http !== undefined
        : answer.grpc && answer.http === undefined;
    if (isWrong && ["GRPC", "HTTP"].includes(protocol)) {
        const right = isGrpcPort ? "HTTP" : "GRPC";
        return {
            code: "protocol-misnamed",
            cluster: there.cluster,
            cause: `The export names port ${call.port.number} of ${call.host} ${protocol}, and the application speaks ${isGrpcPort ? "HTTP/1.1 and no gRPC" : "gRPC and no HTTP/1.1"}.`,
            evidence: [
                seen,
                `exports[].ports of ${call.host}: ${call.port.name} ${call.port.number} protocol ${protocol}`,
            ],
            next: [`Set protocol: ${right} there in Pulumi.${there.cluster}.yaml, then: `, { up: [] }],
        };
    }
    const status = Number(/^HTTP (\d{3})/.exec(call.seen)?.[1]);
    if (call.endedAt !== "workload" || isGrpcPort || answer.http !== status) return undefined;
    return {
        code: "application-answers",
        cluster: there.cluster,
        cause: `Not the mesh: the application itself answers ${status} to ${call.path}.`,
        evidence: [seen],
        next: [
            "See its log, or choose a path that it serves with --path: ",
            reads(
                there,
                `-n ${pod.metadata.namespace ?? ""} logs ${pod.metadata.name} --all-containers --tail=50`,
            ),
        ],
    };
}

function saying({ http, grpc }: ServerAnswer): string {
    const one = http === undefined ? "no HTTP/1.1 answer" : `HTTP ${http}`;
    return `${one}, ${grpc ? "and a gRPC answer" : "no gRPC answer"}`;
}
