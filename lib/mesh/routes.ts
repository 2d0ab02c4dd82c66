import type { RetrySettings, RouteSettings } from "../config/imports";
import { httpRetries } from "./failover";
import { hasRequests, mayBeGrpc } from "../istio/protocols";
import type { HttpRoute, Port, VirtualServiceSpec } from "../istio/types";

/** What an import says about its calls. */
export interface CallSettings {
    /** Versions that calls go to; any by default. */
    readonly routes: readonly RouteSettings[];
    readonly timeout?: string | undefined;
    readonly retries?: RetrySettings | undefined;
}

/** Whether there is a choice, or a setting, about how calls are handled. */
export function isChosenOrSet({ routes, timeout, retries }: CallSettings, ranks: number): boolean {
    return ranks > 1 || routes.length > 0 || timeout !== undefined || retries !== undefined;
}

/**
 * Whether it has to be said how an import's calls are handled: where a sidecar sees single calls, and there is a choice, a
 * setting, or a default of Istio's by which a call could be made twice, which is so for gRPC.
 *
 * @param ranks number of ranks of endpoints
 */
export function needsVirtualService(
    calls: CallSettings,
    ranks: number,
    ports: readonly Pick<Port, "protocol">[],
): boolean {
    const protocols = ports.map(({ protocol }) => protocol).filter(hasRequests);
    return isChosenOrSet(calls, ranks) ? protocols.length > 0 : protocols.some(mayBeGrpc);
}

/**
 * Which version each call gets, how long it may take, and when it is repeated.
 *
 * Calls that no rule fits go to any version.
 *
 * @param ranks number of ranks of endpoints
 */
export function importVirtualService(
    args: CallSettings & {
        readonly host: string;
        readonly ranks: number;
        /** Namespaces whose proxies follow it; all of them by default. */
        readonly exportTo?: readonly string[] | undefined;
    },
): VirtualServiceSpec {
    const { host, timeout } = args;
    const handling = {
        ...(timeout !== undefined && { timeout }),
        retries: httpRetries(args.ranks, args.retries),
    };
    const rules = args.routes.map(({ headers, to }): HttpRoute => {
        const conditions = Object.entries(headers).map(
            ([name, exact]) => [name.toLowerCase(), { exact }] as const,
        );
        return {
            ...(conditions.length > 0 && { match: [{ headers: Object.fromEntries(conditions) }] }),
            route: Object.entries(to).map(([subset, weight]) => ({ destination: { host, subset }, weight })),
            ...handling,
        };
    });
    const fitsAll = rules.findIndex(({ match }) => match === undefined);
    const http =
        fitsAll >= 0
            ? rules.slice(0, fitsAll + 1)
            : [...rules, { route: [{ destination: { host } }], ...handling }];
    return { hosts: [host], exportTo: args.exportTo ?? ["*"], http };
}
