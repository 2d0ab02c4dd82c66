import { all, type ClusterEvidence, isMeshs } from "./evidence";
import { callerPlace, edits, type FailedCall, type Judge, nameOf } from "./finding";
import { clientOf, followedRules } from "./judgeRules";
import { bestPattern, byAge, fullHost, isSeenFrom } from "./match";
import type { Destination, HttpRoute, TcpRoute, Thing, VirtualServiceSpec } from "./objects";
import { type Request, type Taken, takenRoute } from "./routes";

type VirtualService = Thing<VirtualServiceSpec>;

/** A VirtualService of somebody by whose routes the call does not get to the host. */
export const judgeRoutes: Judge = (call, evidence) => {
    const here = evidence.get(call.caller.cluster);
    if (here === undefined) return [];
    const decides = decidingService(here, call);
    if (decides === undefined || isMeshs(here, "VirtualService", decides.metadata, call.host)) return [];
    const why = isHttp(call) ? httpFault(here, call, decides) : tcpFault(here, call, decides);
    if (why === undefined) return [];
    const name = nameOf("VirtualService", decides.metadata);
    return [
        {
            code: "host-routed-by-virtual-service",
            cluster: here.cluster,
            cause: `${name} decides where ${call.host} is routed to, and ${why.sentence}.`,
            evidence: [
                `${name}: ${why.field}`,
                `it is the one that counts for ${call.host} in ${callerPlace(call)}: the most specific host, and the oldest`,
            ],
            next: [
                "Correct that route, or take the host out of it: ",
                edits(here, "VirtualService", decides.metadata),
            ],
            ...(decides.metadata.creationTimestamp !== undefined && {
                since: decides.metadata.creationTimestamp,
            }),
        },
    ];
};

const isHttp = ({ port }: FailedCall) =>
    ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"].includes(port.protocol.toUpperCase());

/** The VirtualService by which the caller's proxy routes the host: that of the most specific host, and of several the oldest. */
function decidingService(here: ClusterEvidence, call: FailedCall): VirtualService | undefined {
    const seen = all(here, "VirtualService").filter(
        (service) =>
            isSeenFrom(call.caller.namespace, service) &&
            (service.spec?.gateways ?? ["mesh"]).includes("mesh"),
    );
    const best = bestPattern(
        seen.flatMap(({ spec }) => spec?.hosts ?? []),
        call.host,
    );
    if (best === undefined) return undefined;
    return seen.filter(({ spec }) => spec?.hosts?.includes(best)).sort(byAge)[0];
}

/** What is wrong with a route: the rest of a sentence, and the field. */
interface Fault {
    readonly sentence: string;
    readonly field: string;
}

function requestOf(here: ClusterEvidence, call: FailedCall): Request {
    const method = call.port.protocol === "GRPC" ? "POST" : "GET";
    return { host: call.host, path: call.path, method, port: call.port.number, client: clientOf(here, call) };
}

function httpFault(
    here: ClusterEvidence,
    call: FailedCall,
    { spec, metadata }: VirtualService,
): Fault | undefined {
    const routes = spec?.http ?? [];
    const taken = takenRoute(routes, requestOf(here, call));
    if (taken === undefined) return undefined;
    if (taken === "none") {
        if (routes.length === 0) return undefined;
        return {
            sentence: `none of its routes takes a request for ${call.path}`,
            field: `spec.http: ${routes.length} route${routes.length === 1 ? "" : "s"}, and no match of theirs holds`,
        };
    }
    return (
        answersItself(call, taken) ??
        wrongDestination(here, call, taken, `spec.http[${taken.index}]`, metadata.namespace)
    );
}

/** A route that answers in the workload's place. */
function answersItself(call: FailedCall, { route, index }: Taken<HttpRoute>): Fault | undefined {
    const place = `spec.http[${index}]`;
    const { abort, delay } = route.fault ?? {};
    if (abort !== undefined && (abort.percentage?.value ?? 100) > 0) {
        const status = abort.httpStatus ?? abort.grpcStatus ?? "?";
        return { sentence: `makes requests fail with ${status}`, field: `${place}.fault.abort: ${status}` };
    }
    if (route.directResponse !== undefined && (route.directResponse.status ?? 200) >= 400) {
        const status = route.directResponse.status ?? 0;
        return { sentence: `answers ${status} itself`, field: `${place}.directResponse.status: ${status}` };
    }
    const isLate = /no answer|timed? ?out|HTTP 504|curl: \(28\)/i.test(call.seen);
    if (isLate && delay !== undefined && (delay.percentage?.value ?? 100) > 0)
        return {
            sentence: `holds requests up`,
            field: `${place}.fault.delay.fixedDelay: ${delay.fixedDelay ?? "?"}`,
        };
    if (/HTTP 504/.test(call.seen) && route.timeout !== undefined)
        return {
            sentence: `gives the workload no more than ${route.timeout}`,
            field: `${place}.timeout: ${route.timeout}`,
        };
    return undefined;
}

function tcpFault(
    here: ClusterEvidence,
    call: FailedCall,
    { spec, metadata }: VirtualService,
): Fault | undefined {
    const taken = takenRoute(spec?.tcp ?? [], requestOf(here, call));
    if (taken === undefined || taken === "none") return undefined;
    return wrongDestination(here, call, taken, `spec.tcp[${taken.index}]`, metadata.namespace);
}

function wrongDestination(
    here: ClusterEvidence,
    call: FailedCall,
    { route }: Taken<HttpRoute | TcpRoute>,
    place: string,
    namespace: string | undefined,
): Fault | undefined {
    const destinations = (route.route ?? []).filter(({ weight }) => weight !== 0);
    for (const { destination } of destinations) {
        const fault = destination && destinationFault(here, call, destination, namespace);
        if (fault !== undefined) return { ...fault, field: `${place}.route.destination.${fault.field}` };
    }
    return undefined;
}

function destinationFault(
    here: ClusterEvidence,
    call: FailedCall,
    { host = "", subset, port }: Destination,
    namespace: string | undefined,
): Fault | undefined {
    if (fullHost(host, namespace) !== call.host)
        return { sentence: `sends the call to ${host} instead`, field: `host: ${host}` };
    if (port?.number !== undefined && port.number !== call.port.number)
        return {
            sentence: `sends the call to another port, ${port.number}`,
            field: `port.number: ${port.number}`,
        };
    if (subset === undefined) return undefined;
    const known = followedRules(here, call, clientOf(here, call)).flatMap(({ spec }) => spec?.subsets ?? []);
    if (known.some(({ name }) => name === subset)) return undefined;
    return {
        sentence: `sends the call to the subset ${subset}, which no DestinationRule that counts has`,
        field: `subset: ${subset}`,
    };
}
