import { hasLabels } from "./match";
import type { HttpRoute, RouteMatch, StringMatch, TcpRoute } from "./objects";
import type { Client } from "./rules";

/** The request that `mesh verify` makes. */
export interface Request {
    readonly host: string;
    readonly path: string;
    readonly method: "GET" | "POST";
    readonly port: number;
    readonly client: Client;
}

/** Whether something holds; undefined where that can't be told. */
export type Answer = boolean | undefined;

function matchesText(match: StringMatch | undefined, text: string, ignoresCase = false): Answer {
    if (match === undefined) return true;
    const fold = (value: string) => (ignoresCase ? value.toLowerCase() : value);
    if (match.exact !== undefined) return fold(text) === fold(match.exact);
    if (match.prefix !== undefined) return fold(text).startsWith(fold(match.prefix));
    if (match.regex === undefined) return true;
    try {
        return new RegExp(`^(?:${match.regex})$`).test(text);
    } catch {
        return undefined;
    }
}

/** All hold; undefined where one can't be told and none does not hold. */
function every(answers: readonly Answer[]): Answer {
    if (answers.includes(false)) return false;
    return answers.includes(undefined) ? undefined : true;
}

function isForMesh(gateways: readonly string[] | undefined): boolean {
    return gateways === undefined || gateways.length === 0 || gateways.includes("mesh");
}

/** Whether a condition of an HTTP route holds for a request without headers of its own. */
export function matchesRequest(match: RouteMatch, request: Request): Answer {
    const { client, port, method } = request;
    const [path = ""] = request.path.split("?");
    const isPresent = (wanted: StringMatch) => Object.keys(wanted).length === 0;
    return every([
        isForMesh(match.gateways),
        match.port === undefined || match.port === port,
        match.sourceNamespace === undefined || match.sourceNamespace === client.namespace,
        hasLabels(client.labels, match.sourceLabels),
        matchesText(match.uri, path, match.ignoreUriCase),
        matchesText(match.method, method),
        matchesText(match.scheme, "http"),
        match.authority === undefined ||
            matchesText(match.authority, request.host) === true ||
            matchesText(match.authority, `${request.host}:${port}`),
        ...Object.entries(match.headers ?? {}).map(([name, wanted]) =>
            // curl sends those, and Envoy some of its own.
            /^(user-agent|accept|x-|:)/i.test(name) || isPresent(wanted) ? undefined : false,
        ),
        ...Object.keys(match.withoutHeaders ?? {}).map(() => undefined),
        ...Object.keys(match.queryParams ?? {}).map(() => (request.path.includes("?") ? undefined : false)),
    ]);
}

/** A route that a request takes. */
export interface Taken<Route> {
    readonly route: Route;
    readonly index: number;
}

/**
 * The first route whose conditions hold. `none` where no route's do; undefined where one before can't be told.
 */
export function takenRoute<Route extends HttpRoute | TcpRoute>(
    routes: readonly Route[],
    request: Request,
): Taken<Route> | "none" | undefined {
    for (const [index, route] of routes.entries()) {
        const matches = (route.match ?? []) as readonly RouteMatch[];
        const answers = matches.map((match) => matchesRequest(match, request));
        if (matches.length === 0 || answers.includes(true)) return { route, index };
        if (answers.includes(undefined)) return undefined;
    }
    return "none";
}
