import type { RouteSettings } from "../config/imports";
import { defaultRetryOn, retryAttempts } from "./failover";
import type { HttpRoute, VirtualServiceSpec } from "../istio/types";

/**
 * Which version each call gets, and when it is repeated.
 *
 * Calls that no rule fits go to any version.
 *
 * @param ranks number of ranks of endpoints
 */
export function importVirtualService(args: {
    readonly host: string;
    readonly routes: readonly RouteSettings[];
    readonly ranks: number;
    readonly retryOn?: string;
    /** Namespaces whose proxies follow it; all of them by default. */
    readonly exportTo?: readonly string[] | undefined;
}): VirtualServiceSpec {
    const { host } = args;
    const retries = {
        attempts: retryAttempts(args.ranks),
        retryOn: args.retryOn ?? defaultRetryOn,
        retryRemoteLocalities: true,
    };
    const rules = args.routes.map(({ headers, to }): HttpRoute => {
        const conditions = Object.entries(headers).map(
            ([name, exact]) => [name.toLowerCase(), { exact }] as const,
        );
        return {
            ...(conditions.length > 0 && { match: [{ headers: Object.fromEntries(conditions) }] }),
            route: Object.entries(to).map(([subset, weight]) => ({ destination: { host, subset }, weight })),
            retries,
        };
    });
    const fitsAll = rules.findIndex(({ match }) => match === undefined);
    const http =
        fitsAll >= 0
            ? rules.slice(0, fitsAll + 1)
            : [...rules, { route: [{ destination: { host } }], retries }];
    return { hosts: [host], exportTo: args.exportTo ?? ["*"], http };
}
