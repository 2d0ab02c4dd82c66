import * as path from "node:path";
import * as ipaddr from "ipaddr.js";
import { z } from "zod";
import { readKubeconfig } from "../../kube/kubeconfig";
import { isSilence } from "../../kube/unreachable";
import { type ClusterAccess, kubectl, KubectlError } from "../../kube/kubectl";
import { Problem } from "../problem";
import { readConfig } from "../stackFiles";

/** Seconds that a cluster may take to answer before it counts as silent. */
const answerSeconds = 10;

/** Seconds that kubectl may take beyond that, for signing in above all. */
const signInSeconds = 10;

const clusterConfig = z.object({ kubeconfig: z.string(), context: z.string() }).optional();

/** Where a stack's cluster is. */
export interface Place {
    /** As the stack file has it: absolute, or relative to the project folder. */
    readonly kubeconfig: string;
    readonly context: string;
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
 * How a stack's cluster is reached, by its stack file.
 *
 * @param folder the project folder, which the kubeconfig's path is relative to
 * @returns undefined for a stack without a cluster, or whose file does not say where it is
 */
export function accessOf(folder: string, project: string, stack: string): ClusterAccess | undefined {
    const access = declaredAccess(folder, project, stack);
    return access && { ...access, kubeconfig: path.resolve(folder, access.kubeconfig) };
}

/**
 * What a stack file says of its cluster. One that says it in another shape is refused by the stack's own program, which lists
 * what else is wrong too.
 */
function declaredAccess(folder: string, project: string, stack: string): ClusterAccess | undefined {
    try {
        return readConfig(folder, project, stack, "cluster", clusterConfig);
    } catch (error) {
        if (error instanceof Problem) return undefined;
        throw error;
    }
}

/** Where the cluster of a stack is, or undefined where its stack file does not say it. */
export function placeOf(folder: string, project: string, stack: string): Place | undefined {
    const access = declaredAccess(folder, project, stack);
    if (access === undefined) return undefined;
    const found = readKubeconfig({ ...access, kubeconfig: path.resolve(folder, access.kubeconfig) });
    const { server, hasProxy = false } = found ?? {};
    if (server === undefined) return { ...access, isBehindProxy: hasProxy };
    return { ...access, server, isBehindProxy: hasProxy || isProxied(server, process.env) };
}

/**
 * Asks a cluster whether it is there.
 *
 * @param folder the project folder
 * @returns what was seen; that it answers where its stack file does not say where it is
 */
export async function lookAt(folder: string, project: string, stack: string): Promise<Look> {
    const place = placeOf(folder, project, stack);
    if (place === undefined) return { state: "answers" };
    const access = { kubeconfig: path.resolve(folder, place.kubeconfig), context: place.context };
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

function judge(stack: string, { server, isBehindProxy }: Place, { reason, detail }: KubectlError): Look {
    // Whoever gives a reason is there, even if this one request is refused.
    if (reason !== "") return { state: "answers" };
    // Of a cluster behind a proxy kubectl says the same, be it the proxy or the cluster that does not answer.
    if (isSilence(detail) && !isBehindProxy)
        return { state: "silent", stack, detail: lastLine(detail), at: Date.now() };
    const isAbsent = server === undefined && /no such file|context .* does not exist/.test(detail);
    return { state: isAbsent ? "absent" : "unclear", detail: lastLine(detail) };
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
