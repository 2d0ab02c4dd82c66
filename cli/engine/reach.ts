import * as ipaddr from "ipaddr.js";
import { KubeconfigError } from "../../kube/access";
import { saysAccess } from "../../kube/declaredAccess";
import { readKubeconfig, shownAccess } from "../../kube/kubeconfig";
import { isSilence } from "../../kube/unreachable";
import { type ClusterAccess, kubectl, KubectlError } from "../../kube/kubectl";
import type { Access } from "../../lib/base/shownCommands";
import { credentialProblem } from "../../lib/cluster/credentialProblem";
import { isAbsent } from "../../lib/cluster/kubeconfigProblem";

/** Seconds that a cluster may take to answer before it counts as silent. */
const answerSeconds = 10;

/** Seconds that kubectl may take beyond that, for signing in above all. */
const signInSeconds = 10;

/** Where a stack's cluster is. */
export interface Place extends Access {
    /** URL of its API server; undefined where the kubeconfig does not say. */
    readonly server?: string;
    /** Whether requests to it go through a proxy. */
    readonly isBehindProxy: boolean;
}

/** A cluster at whose address nothing answered when it was looked at. Only {@link lookAt} finds that out. */
export interface Silence {
    readonly state: "silent";
    readonly stack: string;
    /** kubectl's words. */
    readonly detail: string;
    /** When it was looked at, milliseconds since 1970. */
    readonly at: number;
}

/**
 * What a look at a cluster has shown.
 *
 * - `answers`: it takes requests
 * - `silent`: nothing answers at the address of its API server
 * - `absent`: there is no such kubeconfig or context, so there is nothing to look at
 * - `unclear`: something else is in the way, such as credentials that have expired; the cluster may well be alive
 */
export type Look =
    | { readonly state: "answers" }
    | Silence
    | { readonly state: "absent" | "unclear"; readonly detail: string };

/**
 * How a stack's cluster is reached.
 *
 * @param folder the project folder
 * @returns undefined for a stack without a cluster
 */
export function accessOf(folder: string, project: string, stack: string): ClusterAccess | undefined {
    return saysAccess(folder, project, stack) ? { stack, folder, context: "" } : undefined;
}

/** Where the cluster of a stack is, or undefined where its settings do not say it. */
export function placeOf(folder: string, project: string, stack: string): Place | undefined {
    const access = accessOf(folder, project, stack);
    if (access === undefined) return undefined;
    const { server, hasProxy = false } = readKubeconfig(access) ?? {};
    const place = shownAccess(access);
    if (server === undefined) return { ...place, isBehindProxy: hasProxy };
    return { ...place, server, isBehindProxy: hasProxy || isProxied(server, process.env) };
}

/**
 * Asks a cluster whether it is there.
 *
 * @param folder the project folder
 * @returns what was seen; that it answers where its stack's settings do not say where it is
 */
export async function lookAt(folder: string, project: string, stack: string): Promise<Look> {
    const access = accessOf(folder, project, stack);
    const place = placeOf(folder, project, stack);
    if (access === undefined || place === undefined) return { state: "answers" };
    try {
        await kubectl(access, ["get", "--raw", "/version", `--request-timeout=${answerSeconds}s`], {
            timeoutSeconds: answerSeconds + signInSeconds,
        });
        return { state: "answers" };
    } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        return judge(stack, place, error);
    }
}

function judge(stack: string, place: Place, error: KubectlError): Look {
    const { server, isBehindProxy } = place;
    const { reason, detail } = error;
    if (error instanceof KubeconfigError)
        return { state: isAbsent(error.failure) ? "absent" : "unclear", detail };
    // Whoever gives a reason is there, even if this one request is refused.
    if (reason !== "") return { state: "answers" };
    // Of a cluster behind a proxy kubectl says the same, be it the proxy or the cluster that does not answer.
    if (isSilence(detail) && !isBehindProxy)
        return { state: "silent", stack, detail: lastLine(detail), at: Date.now() };
    if (server === undefined && /context .* does not exist/.test(detail))
        return { state: "absent", detail: lastLine(detail) };
    return { state: "unclear", detail: credentialProblem(stack, place, detail) ?? lastLine(detail) };
}

/** Whether the environment sends requests for a server through a proxy, by the rules that Go's programs have. */
export function isProxied(server: string, env: NodeJS.ProcessEnv): boolean {
    if (!(env["HTTPS_PROXY"] || env["https_proxy"])) return false;
    const host = hostOf(server);
    if (host === "localhost" || /^(127\.|::1$)/.test(host)) return false;
    const exceptions = (env["NO_PROXY"] || env["no_proxy"] || "")
        .split(/[\s,]+/)
        .filter((each) => each !== "");
    return !exceptions.some((each) => {
        if (each === "*" || each === host) return true;
        if (ipaddr.isValid(host)) return ipaddr.isValidCIDR(each) && isInRange(host, each);
        return host.endsWith(each.startsWith(".") ? each : `.${each}`);
    });
}

function isInRange(address: string, range: string): boolean {
    const parsed = ipaddr.parse(address);
    const [first, length] = ipaddr.parseCIDR(range);
    return parsed.kind() === first.kind() && parsed.match(first, length);
}

/** The host in a URL, without the brackets of an IPv6 address. */
export function hostOf(url: string): string {
    return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : "";
}

function lastLine(text: string): string {
    return text.trim().split("\n").at(-1) ?? "";
}
