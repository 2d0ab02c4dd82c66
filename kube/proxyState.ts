import type { EnvoyPages } from "../lib/doctor/bundle/envoyState";
import { envoyPage } from "./inProxy";
import type { ClusterAccess } from "./kubectl";

/** The pages of a proxy, or why it could not be asked. */
export type ProxyPages = { readonly pages: EnvoyPages } | { readonly reason: string };

/** Configuration that istiod has sent, a kind a page. The bootstrap, the secrets and the environment are not asked for. */
const dump = (kind: string) => `config_dump?resource=${kind}`;

/**
 * Asks one proxy for what it knows of other workloads.
 *
 * @param pod `NAMESPACE/NAME`
 */
export async function readProxyPages(access: ClusterAccess, pod: string): Promise<ProxyPages> {
    const info = await envoyPage(access, pod, "server_info");
    // One that can't be asked is asked once.
    if (info.output === undefined) return { reason: info.reason ?? "" };
    const asked = await Promise.all(
        [
            "clusters",
            dump("dynamic_active_clusters"),
            dump("dynamic_listeners"),
            dump("dynamic_route_configs"),
        ].map((page) => envoyPage(access, pod, page)),
    );
    const failed = asked.find(({ output }) => output === undefined);
    if (failed !== undefined) return { reason: failed.reason ?? "" };
    const [endpoints = "", clusters = "", listeners = "", routes = ""] = asked.map(
        ({ output = "" }) => output,
    );
    return { pages: { info: info.output, endpoints, clusters, listeners, routes } };
}
